import { DescribeCertificateCommand } from "@aws-sdk/client-acm";
import { errorName } from "../aws-clients.ts";
import type { Cluster } from "../cluster.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const SOON_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

/** Checks that the certificate exists, is issued, covers the domain, and is not about to expire. */
export async function checkCertificate(
  { clients, config }: Cluster,
  nowMs: number,
): Promise<readonly Finding[]> {
  const { certificate: CertificateArn, domain = "" } = config.service;
  if (CertificateArn === undefined) return [];
  try {
    const { Certificate } = await clients.acm.send(new DescribeCertificateCommand({ CertificateArn }));
    const { Status, NotAfter, DomainName = "", SubjectAlternativeNames = [] } = Certificate ?? {};
    if (Status !== "ISSUED") {
      return [
        failed(`the certificate is ${Status}`, "finish its validation in ACM: its DNS records must be set"),
      ];
    }
    const names = [...new Set([DomainName, ...SubjectAlternativeNames])];
    if (!names.some((name) => covers(name, domain))) {
      return [
        failed(
          `the certificate is for ${names.join(", ")}, not for ${domain}`,
          "correct service.domain, or request a certificate for it",
        ),
      ];
    }
    const days = NotAfter === undefined ? Number.POSITIVE_INFINITY : (NotAfter.getTime() - nowMs) / DAY_MS;
    if (days < SOON_DAYS) {
      return [
        warning(
          `the certificate ends in ${Math.floor(days)} days`,
          "see why ACM does not renew it: its DNS records must stay",
        ),
      ];
    }
    return [ok(`the certificate is for ${domain}`)];
  } catch (error) {
    const hint = "correct service.certificate: it must be in the cluster's region and account";
    return [failed(`the certificate cannot be read (${errorName(error)})`, hint)];
  }
}

/** A wildcard matches one label. */
function covers(pattern: string, domain: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === domain;
  return domain.slice(domain.indexOf(".")) === pattern.slice(1) && domain.includes(".");
}
