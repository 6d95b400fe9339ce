from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.security import Key, KeyAttributes, WebAcl, WebAclLogContent, WebAclLogging
from terratiers.storage import Bucket, BucketAttributes, BucketEncryption
from terratiers.testing import ABSENT

import pytest

GROUP = "aws-waf-logs-shop-test-acl"
STREAM = "arn:aws:firehose:eu-central-1:111122223333:deliverystream/aws-waf-logs-acl"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CONFIGURATION = "aws_wafv2_web_acl_logging_configuration"


def test_everything_is_logged_but_credentials(tier, synth):
    WebAcl(tier, "acl")
    template = synth(tier)
    assert template.resource(f"{CONFIGURATION}.acl") == {
        "resource_arn": "${aws_wafv2_web_acl.acl.arn}",
        "log_destination_configs": ["${aws_cloudwatch_log_group.acl_logs.arn}"],
        "redacted_fields": [
            {"single_header": {"name": "authorization"}},
            {"single_header": {"name": "cookie"}},
        ],
    }
    assert template.resource("aws_cloudwatch_log_group.acl_logs") == {
        "name": GROUP,
        "retention_in_days": 365,
        "kms_key_id": "${aws_kms_key.acl_log_key.arn}",
    }
    assert f"log-group:{GROUP}" in template.resource("aws_kms_key.acl_log_key")["policy"]


def test_a_key_of_ones_own(tier, synth):
    key = Key(tier, "logs", description="the logs")
    logging = WebAclLogging.to_cloud_watch_logs(kms_key=key, retention_days=30)
    WebAcl(tier, "acl", logging=logging)
    template = synth(tier)
    template.resource_count("aws_kms_key", 1)
    assert f"log-group:{GROUP}" in template.resource("aws_kms_key.logs")["policy"]
    assert template.resource("aws_cloudwatch_log_group.acl_logs")["retention_in_days"] == 30


def test_a_key_that_exists(tier, synth):
    key = Key.from_attributes(tier, "logs", KeyAttributes(key_arn=KEY))
    WebAcl(tier, "acl", logging=WebAclLogging.to_cloud_watch_logs(kms_key=key))
    template = synth(tier)
    template.has_no_resource("aws_kms_key")
    assert template.resource("aws_cloudwatch_log_group.acl_logs")["kms_key_id"] == KEY


def test_only_what_was_blocked_or_counted(tier, synth):
    content = WebAclLogContent(
        redacted_headers=["X-Api-Key", "x-api-key"],
        redact_method=True,
        redact_query_string=True,
        redact_uri_path=True,
        keep_only=["block", "count"],
    )
    WebAcl(tier, "acl", logging=WebAclLogging.to_cloud_watch_logs(content=content))
    made = synth(tier).resource(f"{CONFIGURATION}.acl")
    assert made["redacted_fields"] == [
        {"single_header": {"name": "x-api-key"}},
        {"method": {}},
        {"query_string": {}},
        {"uri_path": {}},
    ]
    assert made["logging_filter"] == {
        "default_behavior": "DROP",
        "filter": [
            {
                "behavior": "KEEP",
                "requirement": "MEETS_ANY",
                "condition": [
                    {"action_condition": {"action": "BLOCK"}},
                    {"action_condition": {"action": "COUNT"}},
                ],
            }
        ],
    }


def test_nothing_redacted(tier, synth):
    content = WebAclLogContent(redacted_headers=[])
    WebAcl(tier, "acl", logging=WebAclLogging.to_cloud_watch_logs(content=content))
    synth(tier).has_resource(CONFIGURATION, {"redacted_fields": ABSENT})


def test_a_bucket_admits_the_delivery_once(tier, synth):
    bucket = Bucket(tier, "logs", bucket_name="aws-waf-logs-shop")
    WebAcl(tier, "first", logging=WebAclLogging.to_bucket(bucket))
    WebAcl(tier, "second", logging=WebAclLogging.to_bucket(bucket))
    template = synth(tier)
    made = template.resource(f"{CONFIGURATION}.first")
    assert made["log_destination_configs"] == ["${aws_s3_bucket.logs.arn}"]
    assert made["depends_on"] == ["aws_s3_bucket_policy.logs"]
    policy = template.resource("aws_s3_bucket_policy.logs")["policy"]
    assert policy.count("AWSLogDeliveryWrite") == 1
    assert policy.count("AWSLogDeliveryAclCheck") == 1
    assert "/AWSLogs/" in policy
    assert '"s3:x-amz-acl" = "bucket-owner-full-control"' in policy
    assert policy.count('"aws:SourceAccount" =') == policy.count('"aws:SourceArn" =') == 2
    assert policy.count('"Service" = "delivery.logs.amazonaws.com"') == 2
    template.has_no_resource("aws_cloudwatch_log_group")


def test_a_bucket_that_exists(tier, synth):
    attributes = BucketAttributes(
        bucket_name="aws-waf-logs-all",
        bucket_arn="arn:aws:s3:::aws-waf-logs-all",
        bucket_regional_domain_name="aws-waf-logs-all.s3.eu-central-1.amazonaws.com",
    )
    bucket = Bucket.from_attributes(tier, "logs", attributes)
    WebAcl(tier, "acl", logging=WebAclLogging.to_bucket(bucket))
    made = synth(tier).resource(f"{CONFIGURATION}.acl")
    assert made["log_destination_configs"] == ["arn:aws:s3:::aws-waf-logs-all"]


def test_a_delivery_stream(tier, synth):
    WebAcl(tier, "acl", logging=WebAclLogging.to_firehose(STREAM))
    made = synth(tier).resource(f"{CONFIGURATION}.acl")
    assert made["log_destination_configs"] == [STREAM]


def logs(**options):
    return WebAclLogging.to_cloud_watch_logs(**options)


def content(**options):
    return WebAclLogging.to_firehose(STREAM, content=WebAclLogContent(**options))


BAD = {
    "retention": (logs(retention_days=100), "retention_days 100"),
    "retention none": (logs(retention_days=None), "retention_days None"),
    "retention bool": (logs(retention_days=True), "retention_days True"),
    "key": (logs(kms_key=KEY), "kms_key is arn"),
    "content": (logs(content="all"), "content is all"),
    "content none": (logs(content=None), "content is None"),
    "headers": (content(redacted_headers="cookie"), "write a list"),
    "headers none": (content(redacted_headers=None), "redacted_headers is None"),
    "header": (content(redacted_headers=["a b"]), "redacted_headers: a b"),
    "header none": (content(redacted_headers=[None]), "redacted_headers: None"),
    "method": (content(redact_method="yes"), "redact_method is yes"),
    "query": (content(redact_query_string=1), "redact_query_string is 1"),
    "path": (content(redact_uri_path=None), "redact_uri_path is None"),
    "keep": (content(keep_only="block"), "write a list"),
    "keep nothing": (content(keep_only=[]), "keep_only is empty"),
    "keep unknown": (content(keep_only=["BLOCK"]), "keep_only: BLOCK"),
    "stream": (WebAclLogging.to_firehose("acl"), "delivery_stream_arn acl"),
    "stream none": (WebAclLogging.to_firehose(None), "delivery_stream_arn None"),
    "stream name": (
        WebAclLogging.to_firehose(STREAM.replace("aws-waf-logs-", "")),
        "deliverystream/aws-waf-logs-",
    ),
    "bucket none": (WebAclLogging.to_bucket(None), "bucket is None"),
    "bucket name": (WebAclLogging.to_bucket("aws-waf-logs-shop"), "pass a Bucket"),
    "destination": (
        WebAclLogging(destination="kinesis", content=WebAclLogContent()),
        "destination kinesis",
    ),
}


@pytest.mark.parametrize(("logging", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, logging, message):
    with pytest.raises(ConfigurationError, match=message):
        WebAcl(tier, "acl", logging=logging)
    assert tier.node.try_find_child("acl") is None


def test_a_bucket_of_another_name_is_refused(tier):
    bucket = Bucket(tier, "logs")
    with pytest.raises(ConfigurationError, match='give bucket_name="aws-waf-logs-'):
        WebAcl(tier, "acl", logging=WebAclLogging.to_bucket(bucket))


@pytest.mark.parametrize("imported", [False, True], ids=["made", "imported"])
def test_a_bucket_with_a_kms_key_is_refused(tier, imported):
    if imported:
        attributes = BucketAttributes(
            bucket_name="aws-waf-logs-all",
            bucket_arn="arn:aws:s3:::aws-waf-logs-all",
            bucket_regional_domain_name="aws-waf-logs-all.s3.eu-central-1.amazonaws.com",
            kms_encrypted=True,
            kms_key_arn=KEY,
        )
        bucket = Bucket.from_attributes(tier, "logs", attributes)
    else:
        encryption = BucketEncryption.kms(Key(tier, "key", description="the logs"))
        bucket = Bucket(tier, "logs", bucket_name="aws-waf-logs-shop", encryption=encryption)
    with pytest.raises(ConfigurationError, match=r"does not admit delivery.logs.*s3_managed\(\)"):
        WebAcl(tier, "acl", logging=WebAclLogging.to_bucket(bucket))
    assert tier.node.try_find_child("acl") is None


def test_a_key_of_another_stack_is_refused(app, environment, tier):
    other = Tier(app, "archive", environment=environment)
    key = Key(other, "key", description="the logs")
    with pytest.raises(ConfigurationError, match="kms_key: archive/key belongs to another stack"):
        WebAcl(tier, "acl", logging=WebAclLogging.to_cloud_watch_logs(kms_key=key))


def test_a_bucket_of_another_stack_is_refused(app, environment, tier):
    other = Tier(app, "archive", environment=environment)
    bucket = Bucket(other, "logs", bucket_name="aws-waf-logs-shop")
    with pytest.raises(ConfigurationError, match="archive/logs belongs to another stack"):
        WebAcl(tier, "acl", logging=WebAclLogging.to_bucket(bucket))


def test_a_bucket_of_another_tier(app, environment, tier, synth):
    other = Tier(app, "archive", environment=environment)
    bucket = Bucket(other, "logs", bucket_name="aws-waf-logs-shop")
    WebAcl(tier, "acl", logging=WebAclLogging.to_bucket(tier.use(bucket)))
    [destination] = synth(tier).resource(f"{CONFIGURATION}.acl")["log_destination_configs"]
    assert destination == "${data.terraform_remote_state.archive.outputs.logs_bucket_arn}"


def test_what_is_no_bucket_is_refused(tier):
    key = Key(tier, "key", description="no bucket")
    with pytest.raises(ConfigurationError, match="pass a Bucket"):
        WebAcl(tier, "acl", logging=WebAclLogging.to_bucket(key))
