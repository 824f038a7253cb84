// Signature Version 4, written from AWS's description and by nothing else, to judge what the code under test signed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from "node:crypto";

export interface ReceivedRequest {
  readonly method: string;
  /** With its query, sorted and encoded. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Judged {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** What was signed, as AWS quotes it to a client whose signature is wrong. */
  readonly canonicalRequest: string;
  /** Hexadecimal, as it stands in the request. */
  readonly signature: string;
  /** What it must be. */
  readonly expected: (secretAccessKey: string) => string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Undefined where there is no signature of this kind. */
export function judge({ method, path, headers, body }: ReceivedRequest): Judged | undefined {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      headers.authorization ?? "",
    );
  if (parts === null) return undefined;
  const [, accessKeyId = "", day = "", region = "", service = "", names = "", signature = ""] = parts;
  const [uri = "/", query = ""] = path.split("?");
  const signedHeaders = names.split(";");
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? "").trim().replaceAll(/ +/g, " ")}\n`);
  const canonicalRequest = [method, uri, query, lines.join(""), names, sha256(body)].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonicalRequest)].join("\n");
  return {
    ...{ accessKeyId, region, service, signedHeaders, canonicalRequest, signature },
    expected: (secret) => {
      const key = [day, region, service, "aws4_request"].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
      return hmac(key, toSign).toString("hex");
    },
  };
}
