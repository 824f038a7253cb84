// The bearer token of an aws-iam method: what is signed, judged by a computation of the test's own; where credentials are
// looked for; and that nothing secret is told.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsBearer } from "../../../../src/runtime/source/consul/aws/bearer";
import { entityOf } from "../../../../src/runtime/source/consul/aws/decode";
import { iamEndpoint, signRequest, stsEndpoint } from "../../../../src/runtime/source/consul/aws/request";
import type { AwsSettings } from "../../../../src/runtime/source/consul/aws/settings";
import { type AwsKey, type AwsStandIn, startAws } from "../../../support/aws-stand-in";
import { judge, type ReceivedRequest } from "../../../support/sigv4";

const PORT = 21_290;
const KEY: AwsKey = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "s3cr3t/Key+1",
  sessionToken: "Session//Token+1==",
  arn: "arn:aws:sts::123456789012:assumed-role/egress/i-1",
};
const AWS = { AWS_ACCESS_KEY_ID: KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey };
const STATIC = { ...AWS, AWS_SESSION_TOKEN: KEY.sessionToken ?? "" };

let aws: AwsStandIn;
let dir: string;
beforeEach(async () => {
  aws = await startAws(PORT, "arn:aws:iam::123456789012:role/prod/egress");
  aws.keys.push(KEY);
  dir = mkdtempSync(join(tmpdir(), "aws-"));
});
afterEach(async () => {
  await aws.stop();
  rmSync(dir, { recursive: true });
});

type Environment = Readonly<Record<string, string>>;

const make = (env: Environment, settings: Partial<AwsSettings> = {}) =>
  awsBearer({ from: "--x", includeEntity: false, ...settings }, env, Date.now(), new AbortController().signal);

/** The request in a token, as whoever sends it on would send it. */
function requestIn(token: string): ReceivedRequest & { readonly url: string } {
  const found = JSON.parse(token) as Record<string, string>;
  const text = (name: string): string => Buffer.from(found[name] ?? "", "base64").toString("utf8");
  const url = new URL(text("iam_request_url"));
  const headers = { host: [url.host], ...(JSON.parse(text("iam_request_headers")) as Record<string, string[]>) };
  return {
    ...{
      method: found.iam_http_request_method ?? "",
      path: url.pathname,
      url: url.href,
      body: text("iam_request_body"),
    },
    headers: Object.fromEntries(Object.entries(headers).map(([name, [value = ""]]) => [name.toLowerCase(), value])),
  };
}
const isSignedBy = (request: ReceivedRequest, { secretAccessKey }: AwsKey): boolean => {
  const judged = judge(request);
  return judged !== undefined && judged.signature === judged.expected(secretAccessKey);
};

/** Of AWS's description of the signature, with the signature that it tells. */
const PUBLISHED: ReceivedRequest = {
  ...{ method: "GET", path: "/?Action=ListUsers&Version=2010-05-08", body: "" },
  headers: {
    ...{ host: "iam.amazonaws.com", "x-amz-date": "20150830T123600Z" },
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  },
};

test("the judge of signatures agrees with AWS's published example, and with no other key", () => {
  const judged = judge(PUBLISHED);
  expect(judged?.expected("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")).toBe(judged?.signature);
  expect(judged?.expected("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ")).not.toBe(judged?.signature);
});

test("a token is the request for one's own identity, signed, with the auth method's value among what is signed", async () => {
  const { token } = await make(STATIC, { region: "eu-central-1", serverId: "consul.example.com" });
  expect(Object.keys(JSON.parse(token)).toSorted()).toEqual([
    ...["iam_http_request_method", "iam_request_body", "iam_request_headers", "iam_request_url"],
  ]);
  const request = requestIn(token);
  expect(request).toMatchObject({
    ...{ method: "POST", url: "https://sts.eu-central-1.amazonaws.com/" },
    body: "Action=GetCallerIdentity&Version=2011-06-15",
    headers: { "x-consul-iam-serverid": "consul.example.com", "x-amz-security-token": KEY.sessionToken },
  });
  expect(judge(request)).toMatchObject({ region: "eu-central-1", service: "sts", accessKeyId: KEY.accessKeyId });
  expect(judge(request)?.signedHeaders).toEqual(expect.arrayContaining(["host", "x-consul-iam-serverid"]));
  expect(isSignedBy(request, KEY)).toBe(true);
  expect(isSignedBy({ ...request, headers: { ...request.headers, "x-consul-iam-serverid": "other" } }, KEY)).toBe(
    false,
  );
  expect(aws.asked).toEqual([]);
});

test("headers are named as Go names them: Consul finds no others", async () => {
  const { token } = await make(STATIC, { includeEntity: true, serverId: "id", stsEndpoint: aws.url });
  const { iam_request_headers: headers } = JSON.parse(token) as Record<string, string>;
  const names = Object.keys(JSON.parse(Buffer.from(headers ?? "", "base64").toString("utf8")) as object);
  expect(names.toSorted()).toEqual([
    ...["Authorization", "Content-Length", "Content-Type", "Host", "X-Amz-Date", "X-Amz-Security-Token"],
    ...["X-Consul-Iam-Getentity-Body", "X-Consul-Iam-Getentity-Headers", "X-Consul-Iam-Getentity-Method"],
    ...["X-Consul-Iam-Getentity-Url", "X-Consul-Iam-Serverid"],
  ]);
});

test("keys without a session", async () => {
  const request = requestIn((await make(AWS)).token);
  expect(request.url).toBe("https://sts.amazonaws.com/");
  expect(judge(request)?.region).toBe("us-east-1");
  expect(request.headers).not.toHaveProperty("x-amz-security-token");
  expect(isSignedBy(request, KEY)).toBe(true);
});

test("with the role: its request is signed by itself, and is in headers that are signed", async () => {
  const { token } = await make(STATIC, { includeEntity: true, serverId: "id", stsEndpoint: aws.url });
  expect(aws.asked).toEqual([`GetCallerIdentity by ${KEY.accessKeyId}`]);
  const outer = requestIn(token);
  expect(isSignedBy(outer, KEY)).toBe(true);
  expect(outer.url).toBe(`${aws.url}/`);
  const part = (name: string): string => outer.headers[`x-consul-iam-getentity-${name}`] ?? "";
  for (const name of ["method", "url", "headers", "body"]) {
    expect(judge(outer)?.signedHeaders).toContain(`x-consul-iam-getentity-${name}`);
  }
  const headers = JSON.parse(part("headers")) as Record<string, string[]>;
  const lower = Object.entries(headers).map(([name, [value = ""]]) => [name.toLowerCase(), value]);
  const inner = { method: part("method"), path: "/", body: part("body"), headers: Object.fromEntries(lower) };
  expect([part("url"), inner.method]).toEqual(["https://iam.amazonaws.com/", "POST"]);
  expect(inner.body).toBe("Action=GetRole&RoleName=egress&Version=2010-05-08");
  expect(inner.headers).toMatchObject({ host: "iam.amazonaws.com", "x-consul-iam-serverid": "id" });
  expect(judge(inner)).toMatchObject({ service: "iam", region: "us-east-1" });
  expect(isSignedBy(inner, KEY)).toBe(true);
});

test.each([
  ["arn:aws:sts::123456789012:assumed-role/egress/i-0abc", { Action: "GetRole", RoleName: "egress" }],
  ["arn:aws:iam::123456789012:user/division/team/erin", { Action: "GetUser", UserName: "erin" }],
  ["arn:aws-cn:iam::123456789012:role/a/egress", { Action: "GetRole", RoleName: "egress" }],
  ["arn:aws:iam::123456789012:root", undefined],
  ["", undefined],
])("whom %p names", (arn, entity) => {
  expect(entityOf(arn)).toEqual(entity);
});

test("endpoints of AWS's partitions", () => {
  expect(stsEndpoint("cn-north-1", undefined).url).toBe("https://sts.cn-north-1.amazonaws.com.cn");
  expect(stsEndpoint("eu-west-1", "https://sts.internal/")).toMatchObject({
    ...{ url: "https://sts.internal", region: "eu-west-1" },
  });
  expect(iamEndpoint("cn-northwest-1").region).toBe("cn-north-1");
  expect(iamEndpoint("us-gov-east-1")).toMatchObject({ url: "https://iam.us-gov.amazonaws.com" });
  expect(iamEndpoint("eu-west-1")).toMatchObject({ url: "https://iam.amazonaws.com", region: "us-east-1" });
});

test("the time of a signature is the caller's", () => {
  const { headers } = signRequest(stsEndpoint(undefined, undefined), {}, {}, KEY, Date.UTC(2030, 0, 2, 3, 4, 5, 678));
  expect(headers["X-Amz-Date"]).toBe("20300102T030405Z");
});

describe("credentials come from", () => {
  const who = async (env: Environment, settings?: Partial<AwsSettings>): Promise<string | undefined> =>
    judge(requestIn((await make(env, settings)).token))?.accessKeyId;
  const roles = "/latest/meta-data/iam/security-credentials/";

  test("a container's endpoint, with the authorization of a file that is read each time", async () => {
    const file = join(dir, "authorization");
    writeFileSync(file, "old");
    const env = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/v2/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url,
    };
    await expect(make(env)).rejects.toThrow(`${aws.url} answered 401`);
    writeFileSync(file, `${aws.containerToken}\n`);
    aws.current = KEY;
    expect(await who(env)).toBe(KEY.accessKeyId);
    aws.current = { ...KEY, accessKeyId: "ASIANEXT" };
    expect(await who(env)).toBe("ASIANEXT");
    // Where one place is named, none after it is asked.
    expect(new Set(aws.asked)).toEqual(new Set(["GET /v2/credentials"]));
  });

  test("the instance's metadata, version 2", async () => {
    aws.current = KEY;
    expect(await who({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `${aws.url}/` })).toBe(KEY.accessKeyId);
    expect(aws.asked).toEqual(["PUT /latest/api/token", `GET ${roles}`, `GET ${roles}egress`]);
  });

  test("a web identity, by way of STS", async () => {
    const file = join(dir, "identity");
    writeFileSync(file, aws.webIdentity);
    aws.current = KEY;
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/egress" };
    expect(await who(env, { stsEndpoint: aws.url })).toBe(KEY.accessKeyId);
    expect(aws.asked).toEqual(["AssumeRoleWithWebIdentity of arn:aws:iam::123456789012:role/egress"]);
  });

  test("variables before all others", async () => {
    const file = join(dir, "identity");
    const env = { ...STATIC, AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: "arn" };
    expect(await who({ ...env, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2" })).toBe(KEY.accessKeyId);
  });
});

test.each<[string, Environment, string | RegExp]>([
  ["half a key", { AWS_SECRET_ACCESS_KEY: "s3cr3t" }, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together"],
  ["no place at all", { AWS_EC2_METADATA_DISABLED: "true" }, "AWS_EC2_METADATA_DISABLED is true"],
  [
    "a container's endpoint on another host, in the clear",
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://10.0.0.1/v2", AWS_CONTAINER_AUTHORIZATION_TOKEN: "s3cr3t" },
    "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor http:// on this host",
  ],
  [
    "an authorization that no header can hold",
    {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${PORT}/v2/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "s3cr3t\nx",
    },
    /header/,
  ],
  [
    "nobody there",
    { AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1" },
    "no AWS credentials in the environment, and the instance's metadata: http://127.0.0.1:1 cannot be reached: ECONNREFUSED",
  ],
  [
    "an answer without credentials",
    { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${PORT}` },
    `http://127.0.0.1:${PORT} answered without credentials`,
  ],
])("%s is told, without a secret", async (_what, env, message) => {
  const error = await make(env).then(
    () => undefined,
    (each: Error) => each,
  );
  expect(error?.message).toEqual(
    typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message),
  );
  expect(error?.message).not.toContain("s3cr3t");
});

test.each<[string, (response: ServerResponse) => void, string]>([
  ["answers nothing", () => undefined, "did not answer within 5 s"],
  ["sends on and on", (response) => void response.end(Buffer.alloc(70_000)), "did not answer in full"],
  [
    "breaks off",
    (response) => void response.writeHead(200, { "content-length": 9 }).write("x", () => response.destroy()),
    "did not answer in full",
  ],
  ["sends elsewhere", (response) => void response.writeHead(302, { location: "/" }).end(), "answered 302"],
])(
  "a metadata service that %s holds nothing up",
  async (_what, answer, message) => {
    const server = createServer((_request, response) => answer(response)).listen(PORT + 1, "127.0.0.1");
    try {
      const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${PORT + 1}` };
      await expect(make(env)).rejects.toThrow(`http://127.0.0.1:${PORT + 1} ${message}`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  },
  10_000,
);

test("a login that is stopped asks no longer", async () => {
  const server = createServer(() => undefined).listen(PORT + 1, "127.0.0.1");
  const stop = new AbortController();
  try {
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${PORT + 1}` };
    const made = awsBearer({ from: "--x", includeEntity: false }, env, 0, stop.signal);
    stop.abort();
    await expect(made).rejects.toThrow(`http://127.0.0.1:${PORT + 1}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("what is to be shown nowhere: the session and the key", async () => {
  expect((await make(STATIC)).secrets).toEqual([KEY.sessionToken, KEY.secretAccessKey]);
});
