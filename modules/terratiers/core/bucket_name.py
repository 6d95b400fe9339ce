"""S3's rules for the names of buckets."""

from __future__ import annotations

__all__ = ["BUCKET_NAME", "BUCKET_NAME_RULE"]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET_NAME = (
    r"(?!\d+\.\d+\.\d+\.\d+$)(?!xn--|sthree-|amzn-s3-demo-)"
    r"(?!.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)(?!.*\.\.)"
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
)
BUCKET_NAME_RULE = (
    "S3 takes 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both "
    "ends, no IP address and none of its reserved prefixes and suffixes."
)
