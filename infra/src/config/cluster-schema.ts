import { got } from "@millrace/core/schemas";
import { z } from "zod";
import { parseCidr } from "./cidr.ts";
import { CPU_FAMILIES } from "./gpu-families.ts";

/** A pattern with the error text for strings that do not match it. */
function text(pattern: RegExp, expected: string) {
  return z.string().regex(pattern, { error: ({ input }) => `must be ${expected} (got ${got(input)})` });
}

const cidr = z.string().refine((value) => parseCidr(value) !== undefined, {
  error: ({ input }) =>
    `must be a block of IPv4 addresses such as 10.42.0.0/16, with no bits set after the prefix (got ${got(input)})`,
});

const vcpus = z.int().min(1).max(100_000);
const subnet = text(/^subnet-[0-9a-f]+$/, "the id of a subnet, subnet-…");

const existingVpc = z
  .strictObject({
    vpc_id: text(/^vpc-[0-9a-f]+$/, "the id of a VPC, vpc-…").meta({ description: "The VPC." }),
    worker_subnets: z
      .array(subnet)
      .min(1)
      .meta({ description: "Subnets for worker machines; they must be able to reach AWS services." }),
    service_subnets: z
      .array(subnet)
      .min(2)
      .meta({ description: "Subnets for the service and an internal load balancer, in two zones or more." }),
    public_subnets: z
      .array(subnet)
      .default([])
      .meta({ description: "Subnets for a public load balancer, in two zones or more." }),
  })
  .meta({ description: "Use an existing VPC instead of creating a network." });

const network = z.strictObject({
  mode: z.enum(["public", "nat", "endpoints"]).default("public").meta({
    description:
      "How workers reach AWS. `public`: with public addresses that accept no incoming connections (no fixed cost). `nat`: from private subnets through a NAT gateway. `endpoints`: from private subnets without internet access, through VPC endpoints.",
  }),
  zones: z
    .int()
    .min(2)
    .max(6)
    .default(2)
    .meta({ description: "Number of availability zones to use: the first ones of the region." }),
  cidr: cidr.default("10.42.0.0/16").meta({ description: "Address range of the VPC, /16 to /20." }),
  public_cidrs: z
    .array(cidr)
    .optional()
    .meta({ description: "One block for each zone, inside `cidr`.", "x-default": "cut from `cidr`" }),
  private_cidrs: z
    .array(cidr)
    .optional()
    .meta({ description: "One block for each zone, inside `cidr`.", "x-default": "cut from `cidr`" }),
  existing: existingVpc.optional(),
});

const service = z.strictObject({
  access: z.enum(["internal", "public"]).default("internal").meta({
    description: "Whether the load balancer can be reached only from inside the VPC, or from the internet.",
  }),
  certificate: text(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/,
    "the ARN of a certificate of ACM, arn:aws:acm:<region>:<account>:certificate/…",
  )
    .optional()
    .meta({ description: "ARN of an ACM certificate in the cluster's region. Required with public access." }),
  domain: text(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    "a host name in lower case",
  )
    .optional()
    .meta({
      description:
        "Host name that clients use. The certificate must be for it, and it must point to the load balancer. Required with a certificate.",
    }),
  allowed_cidrs: z.array(cidr).optional().meta({
    description: "Address ranges that may connect. Required with public access.",
    "x-default": "the VPC's",
  }),
  cpu: z
    .union([z.literal(256), z.literal(512), z.literal(1024), z.literal(2048), z.literal(4096)])
    .default(512)
    .meta({ description: "CPU units of the service's task; 1024 units are one vCPU." }),
  memory_mib: z
    .int()
    .min(512)
    .max(30_720)
    .default(1024)
    .meta({ description: "Memory of the service's task, in MiB." }),
});

const compute = z.strictObject({
  families: z
    .array(text(/^[a-z][a-z0-9-]*$/, "a family of instances such as m7i"))
    .min(1)
    .default([...CPU_FAMILIES])
    .meta({
      description: "Instance families without GPUs. Several families make it easier to find spot capacity.",
    }),
  max_vcpus: vcpus
    .default(64)
    .meta({ description: "Maximum number of vCPUs of machines without GPUs that run at once." }),
  spot: z.boolean().default(true).meta({ description: "Whether APIs may use spot instances." }),
  gpus: z
    .array(
      z.strictObject({
        family: z.string().meta({ description: "GPU instance family.", example: "g5" }),
        max_vcpus: vcpus
          .default(64)
          .meta({ description: "Maximum number of vCPUs of this family that run at once." }),
        spot: z
          .boolean()
          .default(true)
          .meta({ description: "Whether APIs may use spot instances of this family." }),
      }),
    )
    .default([])
    .meta({ description: "GPU instance families. APIs that name none use the first." }),
  disk_gib: z.int().min(50).max(16_384).default(100).meta({
    description: "Disk of a worker machine in GiB, for images, installed dependencies and spooled input.",
  }),
});

/** `cluster.yaml` as written, in snake_case. */
export const ClusterConfigSchema = z.strictObject({
  // A load balancer's name cannot begin with internal-, a repository's cannot contain two hyphens in a row, and local
  // means this machine.
  name: text(
    /^(?!internal(-|$)|local$)(?!.*--)[a-z][a-z0-9-]{0,22}[a-z0-9]$/,
    'a letter, then at most 23 of a-z, 0-9 and single "-", and not local or internal-…',
  )
    .default("millrace")
    .meta({ description: "Prefix of the names of everything in the cluster." }),
  region: text(
    /^(?!cn-|us-gov-|us-iso)[a-z]{2}(-[a-z]+)+-\d$/,
    "a region of AWS such as eu-central-1, not of China or a government",
  ).meta({
    description: "AWS region.",
    example: "eu-central-1",
  }),
  account: text(/^\d{12}$/, 'an account id of 12 digits, in quotes: "123456789012"')
    .optional()
    .meta({
      description: "The only account that the commands may change.",
      "x-default": "the credentials' account",
    }),
  network: network.prefault({}).meta({ description: "The network." }),
  service: service.prefault({}).meta({ description: "The control service." }),
  compute: compute.prefault({}).meta({ description: "Worker machines. They exist only while jobs run." }),
  datasets: z
    .array(
      text(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^*?\s]+)?$/,
        "a bucket, or a bucket and a prefix, without s3://",
      ),
    )
    .default([])
    .meta({ description: "Where jobs may read input from: buckets, or `bucket/prefix`." }),
  dead_letter_queues: z
    .array(text(/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}$/, "the ARN of a queue of SQS"))
    .default([])
    .meta({ description: "Queues that submissions may name as `sqs_dead_letter_queue`." }),
  logs: z
    .strictObject({
      retention_days: z
        .union([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731].map((days) => z.literal(days)))
        .default(30)
        .meta({ description: "How long CloudWatch keeps log lines." }),
    })
    .prefault({})
    .meta({ description: "Log groups." }),
  alarms: z
    .strictObject({
      emails: z
        .array(text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address"))
        .default([])
        .meta({ description: "E-mail addresses to notify; each must confirm once." }),
    })
    .prefault({})
    .meta({ description: "Alarms." }),
  budget: z
    .strictObject({
      monthly_usd: z.number().positive().meta({
        description: "Budget in USD. Notifications are sent at 80 % and when the forecast exceeds it.",
      }),
    })
    .optional()
    .meta({
      description: "A monthly budget for everything tagged as part of the cluster; needs `alarms.emails`.",
    }),
  tags: z
    .record(
      text(/^(?!aws:)[\w .:/=+@-]{1,128}$/, 'a tag\'s name, not beginning with "aws:"'),
      z.string().max(256),
    )
    .default({})
    .meta({ description: "Tags of every resource." }),
  protect_data: z.boolean().default(true).meta({
    description: "Whether the bucket, the table and the images are protected from deletion.",
  }),
  state: z
    .strictObject({
      bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket").meta({
        description: "Bucket for Terraform's state.",
      }),
    })
    .optional()
    .meta({ description: "Terraform state.", "x-default": "`millrace-state-<account>-<region>`" }),
});

export type ClusterConfig = z.output<typeof ClusterConfigSchema>;
