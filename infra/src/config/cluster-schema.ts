import { got } from "@millrace/core/schemas";
import { z } from "zod";
import { parseCidr } from "./cidr.ts";
import { CPU_FAMILIES } from "./gpu-families.ts";

/** A pattern with what to say of a text that does not have it. */
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
      .meta({ description: "Where machines of workers start; they must reach AWS's services." }),
    service_subnets: z
      .array(subnet)
      .min(2)
      .meta({ description: "Of two zones or more: where the service and an internal load balancer are." }),
    public_subnets: z
      .array(subnet)
      .default([])
      .meta({ description: "Of two zones or more: where a public load balancer is." }),
  })
  .meta({ description: "Use a VPC that is there, and make no network." });

const network = z.strictObject({
  mode: z.enum(["public", "nat", "endpoints"]).default("public").meta({
    description:
      "How workers reach AWS: `public`: by addresses of their own, that nothing reaches (no standing cost); `nat`: from private subnets by a NAT gateway; `endpoints`: from private subnets without the internet, by VPC endpoints.",
  }),
  zones: z
    .int()
    .min(2)
    .max(6)
    .default(2)
    .meta({ description: "Availability zones that are used, the first ones of the region." }),
  cidr: cidr.default("10.42.0.0/16").meta({ description: "Addresses of the VPC, /16 to /20." }),
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
    description: "Whether the load balancer is reached inside the VPC only, or from the internet.",
  }),
  certificate: text(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/,
    "the ARN of a certificate of ACM, arn:aws:acm:<region>:<account>:certificate/…",
  )
    .optional()
    .meta({ description: "Certificate of ACM, in the cluster's region. Required with public access." }),
  domain: text(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    "a host name in lower case",
  )
    .optional()
    .meta({
      description:
        "Name that clients use, which the certificate is for; point it at the load balancer. Required with a certificate.",
    }),
  allowed_cidrs: z.array(cidr).optional().meta({
    description: "Addresses that may connect. Required with public access.",
    "x-default": "the VPC's",
  }),
  cpu: z
    .union([z.literal(256), z.literal(512), z.literal(1024), z.literal(2048), z.literal(4096)])
    .default(512)
    .meta({ description: "CPU units of the service's task; 1024 are one vCPU." }),
  memory_mib: z
    .int()
    .min(512)
    .max(30_720)
    .default(1024)
    .meta({ description: "Memory of the service's task." }),
});

const compute = z.strictObject({
  families: z
    .array(text(/^[a-z][a-z0-9-]*$/, "a family of instances such as m7i"))
    .min(1)
    .default([...CPU_FAMILIES])
    .meta({ description: "Families of machines without GPUs; several, so that spot capacity is found." }),
  max_vcpus: vcpus.default(64).meta({ description: "vCPUs of machines without GPUs that may run at once." }),
  spot: z.boolean().default(true).meta({ description: "Whether APIs may ask for spot machines." }),
  gpus: z
    .array(
      z.strictObject({
        family: z.string().meta({ description: "Family of GPU instances.", example: "g5" }),
        max_vcpus: vcpus.default(64).meta({ description: "vCPUs of the family that may run at once." }),
        spot: z
          .boolean()
          .default(true)
          .meta({ description: "Whether APIs may ask for spot machines of it." }),
      }),
    )
    .default([])
    .meta({ description: "GPU families; the first is taken where an API names none." }),
  disk_gib: z
    .int()
    .min(50)
    .max(16_384)
    .default(100)
    .meta({ description: "Disk of a worker's machine: images, installed dependencies, spooled input." }),
});

/** `cluster.yaml` as it is written, snake_case. */
export const ClusterConfigSchema = z.strictObject({
  // A load balancer may not be called internal-…, a repository may not have two hyphens, local is this machine.
  name: text(
    /^(?!internal(-|$)|local$)(?!.*--)[a-z][a-z0-9-]{0,22}[a-z0-9]$/,
    'a letter, then at most 23 of a-z, 0-9 and single "-", and not local or internal-…',
  )
    .default("millrace")
    .meta({ description: "Begins the names of everything that belongs to the cluster." }),
  region: text(
    /^(?!cn-|us-gov-|us-iso)[a-z]{2}(-[a-z]+)+-\d$/,
    "a region of AWS such as eu-central-1, not of China or a government",
  ).meta({
    description: "Region of AWS.",
    example: "eu-central-1",
  }),
  account: text(/^\d{12}$/, 'an account id of 12 digits, in quotes: "123456789012"')
    .optional()
    .meta({ description: "The only account that may be changed.", "x-default": "the credentials' account" }),
  network: network.prefault({}).meta({ description: "The network." }),
  service: service.prefault({}).meta({ description: "The control service." }),
  compute: compute.prefault({}).meta({ description: "Machines of workers. With no job there are none." }),
  datasets: z
    .array(
      text(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^*?\s]+)?$/,
        "a bucket, or a bucket and a prefix, without s3://",
      ),
    )
    .default([])
    .meta({ description: "Where jobs may read their input from: buckets, or `bucket/prefix`." }),
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
        .meta({ description: "Who is told; each address must confirm once." }),
    })
    .prefault({})
    .meta({ description: "Alarms." }),
  budget: z
    .strictObject({
      monthly_usd: z
        .number()
        .positive()
        .meta({ description: "Told at 80 % and when the forecast passes it." }),
    })
    .optional()
    .meta({
      description: "A monthly budget over everything that is tagged as the cluster's; needs `alarms.emails`.",
    }),
  tags: z
    .record(
      text(/^(?!aws:)[\w .:/=+@-]{1,128}$/, 'a tag\'s name, not beginning with "aws:"'),
      z.string().max(256),
    )
    .default({})
    .meta({ description: "Tags of every resource." }),
  protect_data: z.boolean().default(true).meta({
    description: "Whether the bucket, the table and the images are kept from being destroyed.",
  }),
  state: z
    .strictObject({
      bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket").meta({
        description: "Where Terraform's state is.",
      }),
    })
    .optional()
    .meta({ description: "State of Terraform.", "x-default": "`millrace-state-<account>-<region>`" }),
});

export type ClusterConfig = z.output<typeof ClusterConfigSchema>;
