"""A tier's Terraform JSON becomes the files that a person would write."""

from __future__ import annotations

from textwrap import dedent

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.hcl_writer import write_hcl
from terratiers.handoff.provider_schema import load_schemas

import pytest

AWS = {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}}


def make_tier(paths=None, **config) -> BundleTier:
    config.setdefault("terraform", AWS)
    return BundleTier(1, "shop", config, paths or {}, (), (), {})


def write(paths=None, **config) -> dict[str, str]:
    tier = make_tier(paths, **config)
    return write_hcl(tier, load_schemas([tier]))


def body_of(block_type: str, body: dict) -> str:
    """A resource's HCL without its braces."""
    text = write(resource={block_type: {"x": body}})["main.tf"]
    first, *lines, last = text.splitlines()
    assert first == f'resource "{block_type}" "x" {{'
    assert last == "}"
    return dedent("\n".join(lines))


def hcl(text: str) -> str:
    return dedent(text).strip("\n")


def test_each_kind_of_block_has_its_file():
    files = write(
        terraform={
            **AWS,
            "required_version": ">= 1.10.0",
            "backend": {"s3": {"bucket": "b", "assume_role": {"role_arn": "${x}"}}},
        },
        provider={"aws": [{"region": "eu-central-1"}, {"alias": "us", "region": "us-east-1"}]},
        variable={"a": {"type": "list", "default": ["${b}"], "description": "A"}},
        locals={"b": "${var.a}"},
        data={"aws_vpc": {"c": {"id": "c"}}},
        resource={"aws_eip": {"d": {}}},
        output={"e": {"value": "${local.b}", "description": "Costs ${5}", "sensitive": True}},
        check={"f": {"assert": [{"condition": "${true}", "error_message": "no"}]}},
        moved=[{"from": "aws_eip.x", "to": "aws_eip.d"}],
        removed={"from": "aws_eip.y", "lifecycle": {"destroy": False}},
        **{"import": [{"id": "i", "to": "aws_eip.d"}]},
    )
    assert files == {
        "providers.tf": hcl(
            """
            terraform {
              required_version = ">= 1.10.0"

              required_providers {
                aws = {
                  source  = "hashicorp/aws"
                  version = "5.100.0"
                }
              }
            }

            provider "aws" {
              region = "eu-central-1"
            }

            provider "aws" {
              alias  = "us"
              region = "us-east-1"
            }
            """
        )
        + "\n",
        "backend.tf": hcl(
            """
            terraform {
              backend "s3" {
                bucket = "b"
                assume_role = {
                  role_arn = "$${x}"
                }
              }
            }
            """
        )
        + "\n",
        "variables.tf": hcl(
            """
            variable "a" {
              type        = list(any)
              description = "A"
              default     = ["$${b}"]
            }
            """
        )
        + "\n",
        "locals.tf": "locals {\n  b = var.a\n}\n",
        "data.tf": 'data "aws_vpc" "c" {\n  id = "c"\n}\n',
        "main.tf": 'resource "aws_eip" "d" {}\n',
        "outputs.tf": hcl(
            """
            output "e" {
              description = "Costs $${5}"
              value       = local.b
              sensitive   = true
            }
            """
        )
        + "\n",
        "checks.tf": hcl(
            """
            check "f" {
              assert {
                condition     = true
                error_message = "no"
              }
            }
            """
        )
        + "\n",
        "moved.tf": hcl(
            """
            moved {
              from = aws_eip.x
              to   = aws_eip.d
            }

            removed {
              from = aws_eip.y

              lifecycle {
                destroy = false
              }
            }
            """
        )
        + "\n",
        "imports.tf": 'import {\n  to = aws_eip.d\n  id = "i"\n}\n',
    }


def test_arguments_blocks_and_meta_arguments_have_their_places():
    body = {
        "//": {"metadata": {}},
        "ami": "ami-1",
        "count": 2,
        "depends_on": ["aws_vpc.a", 'module.b["c"]'],
        "ebs_block_device": [{"volume_size": 1, "device_name": "/dev/b"}, {"device_name": "c"}],
        "lifecycle": {
            "create_before_destroy": True,
            "ignore_changes": ["ami", 'tags["x"]'],
            "postcondition": [{"error_message": "no", "condition": "${self.id != null}"}],
            "replace_triggered_by": ["aws_vpc.a.id"],
        },
        "connection": {"host": "${self.public_ip}"},
        "provider": "aws.us",
        "provisioner": [
            {"local-exec": {"command": "a", "when": "destroy", "on_failure": "continue"}},
            {"file": {"source": "b", "destination": "c", "connection": {"host": "d"}}},
        ],
        "tags": {"Name": "${count.index}"},
    }
    assert body_of("aws_instance", body) == hcl(
        """
        count    = 2
        provider = aws.us

        ami = "ami-1"

        tags = {
          Name = count.index
        }

        ebs_block_device {
          device_name = "/dev/b"
          volume_size = 1
        }

        ebs_block_device {
          device_name = "c"
        }

        connection {
          host = self.public_ip
        }

        provisioner "local-exec" {
          when       = destroy
          on_failure = continue
          command    = "a"
        }

        provisioner "file" {
          source      = "b"
          destination = "c"

          connection {
            host = "d"
          }
        }

        lifecycle {
          create_before_destroy = true
          ignore_changes        = [ami, tags["x"]]
          replace_triggered_by  = [aws_vpc.a.id]

          postcondition {
            condition     = self.id != null
            error_message = "no"
          }
        }

        depends_on = [aws_vpc.a, module.b["c"]]
        """
    )


def test_names_come_first_then_what_is_required():
    body = {"description": "d", "from_port": 1, "ip_protocol": "tcp", "security_group_id": "sg"}
    assert body_of("aws_vpc_security_group_ingress_rule", body).split()[::3] == [
        "description",
        "ip_protocol",
        "security_group_id",
        "from_port",
    ]
    assert body_of("aws_kms_alias", {"target_key_id": "k", "name": "n"}).startswith("name ")


BODIES = {
    "one block as an object": (
        "aws_s3_bucket_versioning",
        {"bucket": "b", "versioning_configuration": {"status": "Enabled"}},
        """
        bucket = "b"

        versioning_configuration {
          status = "Enabled"
        }
        """,
    ),
    "no block": ("aws_instance", {"root_block_device": [], "ebs_block_device": None}, None),
    "empty block": (
        "aws_wafv2_web_acl",
        {"default_action": {"allow": {}}},
        """
        default_action {
          allow {}
        }
        """,
    ),
    "attribute that looks like a block": (
        "aws_security_group",
        {"ingress": [{"from_port": 1, "cidr_blocks": ["0.0.0.0/0"], "self": None}]},
        """
        ingress = [
          {
            from_port   = 1
            cidr_blocks = ["0.0.0.0/0"]
            self        = null
          },
        ]
        """,
    ),
    "dynamic block": (
        "aws_security_group",
        {
            "dynamic": {
                "timeouts": {
                    "for_each": "${var.a}",
                    "iterator": "it",
                    "content": {"create": "${it.value}"},
                }
            }
        },
        """
        dynamic "timeouts" {
          for_each = var.a
          iterator = it

          content {
            create = it.value
          }
        }
        """,
    ),
    "dynamic block within blocks": (
        "aws_wafv2_web_acl",
        {
            "rule": [
                {
                    "name": "r",
                    "dynamic": [
                        {
                            "statement": {
                                "for_each": [1],
                                "content": [
                                    {
                                        "not_statement": [
                                            {
                                                "statement": [
                                                    {
                                                        "geo_match_statement": {
                                                            "country_codes": ["KR"]
                                                        }
                                                    }
                                                ]
                                            }
                                        ]
                                    }
                                ],
                            }
                        }
                    ],
                }
            ]
        },
        """
        rule {
          name = "r"

          dynamic "statement" {
            for_each = [1]

            content {
              not_statement {
                statement {
                  geo_match_statement {
                    country_codes = ["KR"]
                  }
                }
              }
            }
          }
        }
        """,
    ),
    "everything ignored": (
        "aws_eip",
        {"lifecycle": [{"ignore_changes": "all"}]},
        """
        lifecycle {
          ignore_changes = all
        }
        """,
    ),
}


@pytest.mark.parametrize(("block_type", "body", "text"), BODIES.values(), ids=BODIES)
def test_the_provider_says_what_is_a_block(block_type, body, text):
    if text is None:
        assert write(resource={block_type: {"x": body}})["main.tf"].endswith('"x" {}\n')
    else:
        assert body_of(block_type, body) == hcl(text)


def test_dynamic_is_a_name_like_others_where_there_are_no_blocks():
    files = write(locals={"dynamic": {"a": 1}}, module={"m": {"source": "./m", "dynamic": "b"}})
    assert files["locals.tf"] == "locals {\n  dynamic = {\n    a = 1\n  }\n}\n"
    assert '  dynamic = "b"\n' in files["main.tf"]


def test_the_backends_that_have_blocks():
    backend = {"remote": {"organization": "o", "workspaces": [{"name": "${w}"}]}}
    assert write(terraform={**AWS, "backend": backend})["backend.tf"] == (
        hcl(
            """
            terraform {
              backend "remote" {
                organization = "o"

                workspaces {
                  name = "$${w}"
                }
              }
            }
            """
        )
        + "\n"
    )


def test_only_terraforms_own_backend_has_a_file():
    node = {"spec": {"backend": {"virtual_service": {"virtual_service_name": "a"}}}}
    files = write(resource={"aws_appmesh_virtual_node": {"x": {"name": "x", **node}}})
    assert files.keys() == {"providers.tf", "main.tf"}
    assert write(terraform={"backend": {"local": {}}}).keys() == {"backend.tf"}


def test_lists_at_any_level_stand_for_several_blocks():
    files = write(
        resource=[{"aws_eip": [{"a": {}}, {"b": [{}]}]}],
        data={"aws_vpc": {"c": [{"id": "c"}]}},
    )
    assert files["main.tf"] == 'resource "aws_eip" "a" {}\n\nresource "aws_eip" "b" {}\n'
    assert files["data.tf"] == 'data "aws_vpc" "c" {\n  id = "c"\n}\n'


def test_resources_follow_their_constructs():
    names = {
        "z": "shop/vpc/resource",
        "y": "shop/vpc/a-subnet",
        "x": "shop/rules/rule-10",
        "w": "shop/rules/rule-9",
        "v": "shop/rules/resource",
        "u": "shop/vpc-2/resource",
    }
    paths = {f"aws_eip.{name}": path for name, path in names.items()}
    text = write(paths, resource={"aws_eip": {name: {} for name in sorted([*names, "t"])}})
    lines = [line for line in text["main.tf"].splitlines() if line.startswith("#")]
    assert lines == [
        "# shop/rules/resource",
        "# shop/rules/rule-9",
        "# shop/rules/rule-10",
        "# shop/vpc/resource",
        "# shop/vpc/a-subnet",
        "# shop/vpc-2/resource",
    ]
    assert text["main.tf"].startswith('resource "aws_eip" "t" {}\n')


def test_a_comment_stays_on_its_line():
    text = write({"data.aws_vpc.x": "shop/a\nb"}, data={"aws_vpc": {"x": {}}})
    assert text["data.tf"] == '# shop/a b\ndata "aws_vpc" "x" {}\n'


def test_skipped_checks_are_comments_that_checkov_reads():
    skipped = {"aws_s3_bucket.logs": {"CKV_AWS_18": "It holds\naccess logs.", "CKV_AWS_21": "b"}}
    config = {"terraform": AWS, "resource": {"aws_s3_bucket": {"logs": {}, "data": {"tags": {}}}}}
    tier = BundleTier(1, "shop", config, {}, (), (), {}, skipped)
    assert write_hcl(tier, load_schemas([tier]))["main.tf"] == (
        hcl(
            """
            resource "aws_s3_bucket" "data" {
              tags = {}
            }

            resource "aws_s3_bucket" "logs" {
              # checkov:skip=CKV_AWS_18:It holds access logs.
              # checkov:skip=CKV_AWS_21:b
            }
            """
        )
        + "\n"
    )


def test_remote_state_and_modules():
    files = write(
        data={
            "terraform_remote_state": {
                "network": {
                    "workspace": "${terraform.workspace}",
                    "backend": "s3",
                    "config": {"bucket": "${var.bucket}", "key": "a"},
                }
            }
        },
        module={
            "m": {
                "source": "./m${x}",
                "providers": {"aws": "aws.us"},
                "for_each": "${toset([])}",
                "size": "1",
                "depends_on": ["aws_eip.x"],
            }
        },
    )
    assert (
        files["data.tf"]
        == hcl(
            """
        data "terraform_remote_state" "network" {
          workspace = terraform.workspace
          backend   = "s3"
          config = {
            bucket = var.bucket
            key    = "a"
          }
        }
        """
        )
        + "\n"
    )
    assert (
        files["main.tf"]
        == hcl(
            """
        module "m" {
          source = "./m$${x}"

          for_each = toset([])
          providers = {
            aws = aws.us
          }
          size = "1"

          depends_on = [aws_eip.x]
        }
        """
        )
        + "\n"
    )


REFUSED = {
    "unknown block": ({"resources": {}}, "'resources' is no block"),
    "unknown type": ({"resource": {"aws_nothing": {"x": {}}}}, "aws_nothing.x: provider"),
    "broken template": ({"resource": {"aws_eip": {"x": {"a": "${b"}}}}, "aws_eip.x: no }"),
    "text in place of a block": (
        {"data": {"aws_vpc": {"x": {"filter": "${a}"}}}},
        "data.aws_vpc.x: a block is expected in place of '${a}'",
    ),
}


@pytest.mark.parametrize(("config", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_named(config, message):
    with pytest.raises(HandoffError) as caught:
        write(**config)
    assert str(caught.value).startswith("shop: ")
    assert message in str(caught.value)


def test_the_same_tier_gives_the_same_bytes_whatever_its_order():
    resources = {"aws_eip": {"a": {}, "b": {}}, "aws_vpc": {"c": {"cidr_block": "10.0.0.0/16"}}}
    paths = {"aws_eip.a": "s/1", "aws_eip.b": "s/2", "aws_vpc.c": "s/3"}
    backwards = {
        kind: dict(reversed(bodies.items())) for kind, bodies in reversed(resources.items())
    }
    assert write(paths, resource=resources) == write(paths, resource=backwards)


def test_every_line_of_a_synthesized_tier_ends_plainly(synthesize, tier_config):
    config = tier_config("network", resource={"aws_eip": {"a": {"tags": {"Name": "a\r\nb"}}}})
    from terratiers.handoff.bundle_tier import bundle_tiers

    [tier] = bundle_tiers(synthesize({"network": config}))
    for text in write_hcl(tier, load_schemas([tier])).values():
        assert text.endswith("}\n")
        assert "\r" not in text
        assert not any(line != line.rstrip() for line in text.splitlines())
