#!/bin/sh
# Runs Terraform in the tiers of this bundle, one after the other; stops at the first failure.
#
#   ./run.sh plan [OPTION ...] [TIER ...]      show what an apply would change
#   ./run.sh apply [OPTION ...] [TIER ...]     apply
#   ./run.sh destroy [OPTION ...] [TIER ...]   destroy, the last tier first
#   ./run.sh init [OPTION ...] [TIER ...]      initialize only
#   ./run.sh validate [TIER ...]               check the configuration; needs no AWS account
#
# TIER is a tier's name or folder; without one, all tiers. What begins with - goes to Terraform,
# values behind a = sign: ./run.sh apply -auto-approve -var-file=/etc/shop.tfvars network.
# Terraform asks before it changes anything, unless told -auto-approve.
#
# Ends with 0 when all went well, 1 after a failure, 2 for changes with plan -detailed-exitcode,
# 3 when tiers could not be planned yet, since what they read has not been applied.
#
# Environment variables:
#   AWS_ACCOUNT_ID   the account that may be touched; needed where the bundle does not name one
#   BACKEND_CONFIG   other settings of the S3 backend, as `terraform init -backend-config` takes
#                    them. Default: backend.hcl beside this script, if there is one. See
#                    backend.hcl.example.
#   TERRAFORM        the program. Default: terraform
set -eu

# In the order of applying; those with their state in S3; the one that makes the bucket for it.
tiers='@TIERS@'
s3_tiers='@S3_TIERS@'
state_tier='@STATE_TIER@'
state_bucket='@STATE_BUCKET@'

# The account that they are bound to; ask: they are bound to none, so it has to be named.
account='@ACCOUNT@'

# The tiers whose states a tier reads.
producers() {
  case $1 in
@PRODUCERS@    *) ;;
  esac
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
override=${state_tier:+$root/$state_tier/bootstrap_override.tf}
terraform=${TERRAFORM:-terraform}

fail() {
  printf '%s\n' "run.sh: $*" >&2
  exit 1
}

say() {
  printf '\n== %s\n' "$*"
}

contains() { # LIST WORD
  case " $1 " in *" $2 "*) return 0 ;; *) return 1 ;; esac
}

in_tier() { # FOLDER ARGUMENT ...
  in_tier_folder=$1
  shift
  "$terraform" "-chdir=$root/$in_tier_folder" "$@"
}

# Readers of other tiers' states follow the backend's settings through Terraform variables.
use_backend_config() {
  backend_config=${BACKEND_CONFIG:-}
  if [ -z "$backend_config" ]; then
    [ ! -f "$root/backend.hcl" ] || backend_config=$root/backend.hcl
  else
    [ -f "$backend_config" ] || fail "BACKEND_CONFIG: there is no file $backend_config."
    backend_config=$(CDPATH='' cd -- "$(dirname -- "$backend_config")" && pwd)/$(basename -- "$backend_config")
  fi
  [ -n "$backend_config" ] || return 0
  if grep -q '^[[:space:]]*key[[:space:]]*=' "$backend_config"; then
    fail "$backend_config sets key: all tiers would share one state. Take it out."
  fi
  for name in bucket region; do
    value=$(sed -n "s/^[[:space:]]*${name}[[:space:]]*=[[:space:]]*\"\\([^\"]*\\)\".*/\\1/p" "$backend_config")
    [ -z "$value" ] || export "TF_VAR_state_$name=$value"
  done
}

check_account() {
  if [ "$account" = ask ]; then
    case ${AWS_ACCOUNT_ID:=${TF_VAR_aws_account_id:-}} in
      *[!0-9]* | '') fail 'set AWS_ACCOUNT_ID to the twelve digits of the account to be touched.' ;;
    esac
    [ "${#AWS_ACCOUNT_ID}" -eq 12 ] || fail 'AWS_ACCOUNT_ID has to have twelve digits.'
    export TF_VAR_aws_account_id="$AWS_ACCOUNT_ID"
  elif [ -n "${AWS_ACCOUNT_ID:-}" ] && ! contains "$account" "$AWS_ACCOUNT_ID"; then
    fail "this bundle is for account $account, but AWS_ACCOUNT_ID is $AWS_ACCOUNT_ID."
  fi
}

init_tier() { # FOLDER OPTION ...
  init_folder=$1
  shift
  if [ -n "$backend_config" ] && contains "$s3_tiers" "$init_folder"; then
    in_tier "$init_folder" init "-backend-config=$backend_config" "$@"
  else
    in_tier "$init_folder" init "$@"
  fi
}

# The bucket for the states does not exist before the state tier is applied for the first time. Its
# own state is in a local file until then.
has_local_state() {
  [ -s "$root/$state_tier/terraform.tfstate" ]
}

init_state_tier() { # OPTION ...
  if has_local_state; then
    if [ -f "$override" ]; then
      in_tier "$state_tier" init "$@"
    else
      move_state "$@"
    fi
    return
  fi
  rm -f "$override"
  if grep -q '"type": "local"' "$root/$state_tier/.terraform/terraform.tfstate" 2>/dev/null; then
    set -- -reconfigure "$@"
  fi
  if said=$(init_tier "$state_tier" -no-color -input=false "$@" 2>&1); then
    printf '%s\n' "$said"
    return
  fi
  case $said in
    *"does not exist"* | *NoSuchBucket*) ;;
    *)
      printf '%s\n' "$said" >&2
      fail "$state_tier: terraform init failed."
      ;;
  esac
  bucket=${TF_VAR_state_bucket:-$state_bucket}
  if [ -n "$backend_config" ] && [ "$auto_approve" = yes ] && [ "$all" = yes ]; then
    fail "the state bucket $bucket does not exist. Is its name right in $backend_config? If so, make the bucket first: ./run.sh apply -auto-approve $state_tier"
  fi
  printf '%s\n' "The state bucket $bucket does not exist yet: the state of $state_tier begins in a local file."
  printf 'terraform {\n  backend "local" {}\n}\n' >"$override"
  in_tier "$state_tier" init "$@"
}

move_state() { # OPTION ...
  rm -f "$override"
  init_tier "$state_tier" -migrate-state -force-copy -input=false "$@"
  # Terraform leaves an empty file and a backup of what is in the bucket now
  rm -f "$root/$state_tier/terraform.tfstate" "$root/$state_tier/terraform.tfstate.backup"
}

init() { # FOLDER OPTION ...
  initialized="$initialized $1"
  if [ "$1" = "$state_tier" ]; then
    shift
    init_state_tier "$@"
  else
    init_tier "$@" || fail "$1: terraform init failed.${state_tier:+ Its state bucket is made by $state_tier: apply that first.}"
  fi
}

# Of an initialized tier. Logs would look like resources.
has_state() { # FOLDER
  if listed=$(
    unset TF_LOG TF_LOG_CORE TF_LOG_PROVIDER
    in_tier "$1" state list -no-color 2>&1
  ); then
    [ -n "$listed" ]
    return
  fi
  case $listed in *"No state file was found"*) return 1 ;; esac
  printf '%s\n' "$listed" >&2
  fail "$1: terraform state list failed."
}

# The bucket is there, but this bundle did not make it: the state tier has nothing to do.
is_foreign_bucket() { # FOLDER
  [ "$1" = "$state_tier" ] && [ "$all" = yes ] && [ ! -f "$override" ] && ! has_state "$1"
}

skip_foreign_bucket() {
  printf '%s\n' "The state bucket exists, but not as a part of $state_tier: $state_tier is left out." \
    "If an apply of it was interrupted on another machine, name it and import what is there."
}

# Sets `missing`: what keeps a tier from being planned, the first tier that it reads without a state.
find_missing_state() { # FOLDER
  missing=
  if [ -n "$override" ] && [ -f "$override" ] && contains "$s3_tiers" "$1" && [ "$1" != "$state_tier" ]; then
    missing=$state_tier
    return
  fi
  for producer in $(producers "$1"); do
    contains "$known" "$producer" && continue
    contains "$initialized" "$producer" || init "$producer" -input=false >/dev/null
    if ! has_state "$producer"; then
      missing=$producer
      return
    fi
    known="$known $producer"
  done
}

plan() { # FOLDER OPTION ...
  find_missing_state "$1"
  if [ -n "$missing" ]; then
    printf '%s\n' "$1 cannot be planned yet: it needs $missing, which has not been applied."
    waiting="$waiting $1"
    return
  fi
  init "$1"
  if is_foreign_bucket "$1"; then
    skip_foreign_bucket
    return
  fi
  status=0
  plan_folder=$1
  shift
  in_tier "$plan_folder" plan "$@" || status=$?
  case $status in
    0) ;;
    2) changes=yes ;;
    *) fail "$plan_folder: terraform plan failed." ;;
  esac
  if has_state "$plan_folder"; then
    known="$known $plan_folder"
  fi
}

apply() { # FOLDER OPTION ...
  init "$1"
  if is_foreign_bucket "$1"; then
    skip_foreign_bucket
    return
  fi
  apply_folder=$1
  shift
  in_tier "$apply_folder" apply "$@" || fail "$apply_folder: terraform apply failed; run.sh apply goes on from here."
  if [ "$apply_folder" = "$state_tier" ] && has_local_state; then
    printf '%s\n' "Moving the state of $state_tier into its bucket."
    move_state
  fi
}

destroy() { # FOLDER OPTION ...
  if [ "$1" = "$state_tier" ] && [ "$all" = yes ]; then
    printf '%s\n' "$1 stays: its bucket holds the states of all tiers. README.md says how to remove it."
    return
  fi
  init "$1"
  destroy_folder=$1
  shift
  in_tier "$destroy_folder" destroy "$@" || fail "$destroy_folder: terraform destroy failed."
}

validate() { # FOLDER
  in_tier "$1" init -backend=false -input=false
  in_tier "$1" validate
}

usage() {
  sed -n '2,/^set -eu$/s/^# \{0,1\}//p' "$0"
}

command=${1:-help}
case $command in
  plan | apply | destroy | init | validate) shift ;;
  help | -h | --help)
    usage
    exit 0
    ;;
  *) fail "$command: unknown. Use plan, apply, destroy, init or validate." ;;
esac

# Tiers are taken out of the arguments; options stay in them.
chosen=
auto_approve=no
count=$#
while [ "$count" -gt 0 ]; do
  argument=$1
  shift
  count=$((count - 1))
  case $argument in
    -*)
      set -- "$@" "$argument"
      case $argument in -auto-approve | --auto-approve | -auto-approve=true | --auto-approve=true) auto_approve=yes ;; esac
      ;;
    *)
      found=
      for tier in $tiers; do
        if [ "$argument" = "$tier" ] || [ "$argument" = "${tier#*-}" ]; then found=$tier; fi
      done
      [ -n "$found" ] || fail "$argument is no tier of this bundle. Its tiers: $tiers."
      chosen="$chosen $found"
      ;;
  esac
done
all=no
if [ -z "$chosen" ]; then
  chosen=$tiers
  all=yes
fi
order=
for tier in $tiers; do
  contains "$chosen" "$tier" || continue
  if [ "$command" = destroy ]; then order="$tier $order"; else order="$order $tier"; fi
done

if [ "$command" = validate ] && [ $# -gt 0 ]; then fail "validate takes no option: $1"; fi
command -v "$terraform" >/dev/null 2>&1 || fail "there is no $terraform on PATH."
use_backend_config
case $command in
  plan | apply | destroy) check_account ;;
esac

known=
waiting=
initialized=
changes=no
for tier in $order; do
  say "$command $tier"
  "$command" "$tier" "$@"
done
if [ -n "$waiting" ]; then
  say "not planned yet:$waiting. Apply what they need first: ./run.sh apply goes in order."
  exit 3
fi
[ "$changes" = no ] || exit 2
