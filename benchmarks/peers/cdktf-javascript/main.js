// The small architecture in cdktf's bindings, JavaScript, each submodule required by itself:
// node main.js COPIES
'use strict';
const { App, LocalBackend, TerraformStack } = require('cdktf');
const { CloudwatchLogGroup } = require('@cdktf/provider-aws/lib/cloudwatch-log-group');
const { IamRole } = require('@cdktf/provider-aws/lib/iam-role');
const { IamRolePolicyAttachment } = require('@cdktf/provider-aws/lib/iam-role-policy-attachment');
const { InternetGateway } = require('@cdktf/provider-aws/lib/internet-gateway');
const { LambdaFunction } = require('@cdktf/provider-aws/lib/lambda-function');
const { AwsProvider } = require('@cdktf/provider-aws/lib/provider');
const { Route } = require('@cdktf/provider-aws/lib/route');
const { RouteTable } = require('@cdktf/provider-aws/lib/route-table');
const { RouteTableAssociation } = require('@cdktf/provider-aws/lib/route-table-association');
const { S3Bucket } = require('@cdktf/provider-aws/lib/s3-bucket');
const { S3BucketPublicAccessBlock } = require('@cdktf/provider-aws/lib/s3-bucket-public-access-block');
const { SecurityGroup } = require('@cdktf/provider-aws/lib/security-group');
const { Subnet } = require('@cdktf/provider-aws/lib/subnet');
const { Vpc } = require('@cdktf/provider-aws/lib/vpc');
const { VpcSecurityGroupEgressRule } = require('@cdktf/provider-aws/lib/vpc-security-group-egress-rule');
const { VpcSecurityGroupIngressRule } = require('@cdktf/provider-aws/lib/vpc-security-group-ingress-rule');

const ASSUME = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
  ],
};
const SUBNETS = [['public', 'a'], ['public', 'b'], ['private', 'a'], ['private', 'b']];

function add(stack, n) {
  const tags = { Project: 'shop', Environment: 'dev', Name: `shop-${n}` };
  const vpc = new Vpc(stack, `vpc-${n}`, {
    cidrBlock: '10.0.0.0/16',
    enableDnsSupport: true,
    enableDnsHostnames: true,
    tags,
  });
  const gateway = new InternetGateway(stack, `gateway-${n}`, { vpcId: vpc.id, tags });
  const table = new RouteTable(stack, `public-${n}`, { vpcId: vpc.id, tags });
  new Route(stack, `internet-${n}`, {
    routeTableId: table.id,
    destinationCidrBlock: '0.0.0.0/0',
    gatewayId: gateway.id,
  });
  SUBNETS.forEach(([group, zone], index) => {
    const subnet = new Subnet(stack, `${group}-${zone}-${n}`, {
      vpcId: vpc.id,
      cidrBlock: `10.0.${index}.0/24`,
      availabilityZone: `eu-central-1${zone}`,
      tags,
    });
    if (group === 'public') {
      new RouteTableAssociation(stack, `association-${zone}-${n}`, {
        subnetId: subnet.id,
        routeTableId: table.id,
      });
    }
  });
  const securityGroup = new SecurityGroup(stack, `group-${n}`, {
    description: 'of the function',
    vpcId: vpc.id,
    tags,
  });
  new VpcSecurityGroupIngressRule(stack, `in-${n}`, {
    securityGroupId: securityGroup.id,
    cidrIpv4: '10.0.0.0/16',
    ipProtocol: 'tcp',
    fromPort: 443,
    toPort: 443,
  });
  new VpcSecurityGroupEgressRule(stack, `out-${n}`, {
    securityGroupId: securityGroup.id,
    cidrIpv4: '0.0.0.0/0',
    ipProtocol: '-1',
  });
  const bucket = new S3Bucket(stack, `bucket-${n}`, { bucket: `shop-dev-${n}`, tags });
  new S3BucketPublicAccessBlock(stack, `block-${n}`, {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const role = new IamRole(stack, `role-${n}`, {
    name: `shop-dev-${n}`,
    assumeRolePolicy: JSON.stringify(ASSUME),
    tags,
  });
  new IamRolePolicyAttachment(stack, `logs-${n}`, {
    role: role.name,
    policyArn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
  });
  const logs = new CloudwatchLogGroup(stack, `log-${n}`, {
    name: `/aws/lambda/shop-dev-${n}`,
    retentionInDays: 30,
  });
  new LambdaFunction(stack, `function-${n}`, {
    functionName: `shop-dev-${n}`,
    role: role.arn,
    handler: 'handler.handler',
    runtime: 'python3.13',
    s3Bucket: bucket.id,
    s3Key: 'code.zip',
    memorySize: 256,
    timeout: 10,
    environment: { variables: { BUCKET: bucket.bucket } },
    dependsOn: [logs],
  });
}

const app = new App();
const stack = new TerraformStack(app, 'shop-0');
new AwsProvider(stack, 'aws', { region: 'eu-central-1' });
new LocalBackend(stack, { path: 'terraform.tfstate' });
for (let n = 0; n < Number(process.argv[2]); n++) add(stack, n);
app.synth();
