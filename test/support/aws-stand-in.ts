// What AWS answers a process and Consul's servers, on loopback: STS and IAM, which check signatures and their time, and the
// endpoints that hand out credentials to containers and instances. It does nothing that AWS does not.
import { createServer, type IncomingMessage } from "node:http";
import { judge, type ReceivedRequest } from "./sigv4";

/** Of a role's session, or of a user. */
export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** As GetCallerIdentity tells it. */
  readonly arn: string;
}

export interface AwsStandIn {
  readonly url: string;
  /** Whose signatures are good. */
  readonly keys: AwsKey[];
  /** What is handed out to whoever may ask. */
  current: AwsKey | undefined;
  /** What a container must show. */
  containerToken: string;
  /** What a web identity must be. */
  webIdentity: string;
  /** `<action or path> by <access key>`, in order. */
  readonly asked: string[];
  /** The last request that carried a signature. */
  last: ReceivedRequest | undefined;
  stop(): Promise<void>;
}

export const ACCOUNT = "123456789012";
/** IAM's unique id of every role and user here, told by STS and IAM alike. */
const UNIQUE_ID = "AROAEXAMPLEID";
const SESSION = "instance-session";
const QUARTER_MS = 15 * 60_000;

export async function startAws(port: number, roleArn: string): Promise<AwsStandIn> {
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const { status, text, type } = answer({ ...receivedOf(request), body });
      response.writeHead(status, { "content-type": type }).end(text);
    });
  });
  const answer = (request: ReceivedRequest): Answer =>
    request.path === "/" ? service(request) : credentials(request, aws);

  const service = (request: ReceivedRequest): Answer => {
    const form = new URLSearchParams(request.body);
    const action = form.get("Action") ?? "";
    if (action === "AssumeRoleWithWebIdentity") {
      aws.asked.push(`${action} of ${form.get("RoleArn")}`);
      if (form.get("WebIdentityToken") !== aws.webIdentity || aws.current === undefined) return refusal("AccessDenied");
      return xml(action, `<Credentials>${keyElements(aws.current)}</Credentials>`);
    }
    const judged = judge(request);
    aws.last = request;
    aws.asked.push(`${action} by ${judged?.accessKeyId}`);
    const key = aws.keys.find(({ accessKeyId }) => accessKeyId === judged?.accessKeyId);
    if (judged === undefined || key === undefined) return refusal("InvalidClientTokenId");
    const date = request.headers["x-amz-date"] ?? "";
    const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
    const isTimely = Math.abs(Date.now() - Date.parse(iso)) < QUARTER_MS;
    const isOurs = request.headers["x-amz-security-token"] === key.sessionToken;
    const isComplete = ["host", "x-amz-date"].every((name) => judged.signedHeaders.includes(name));
    if (judged.signature !== judged.expected(key.secretAccessKey) || !isTimely || !isOurs || !isComplete) {
      // AWS shows what should have been signed, headers and all.
      return refusal("SignatureDoesNotMatch", judged.canonicalRequest);
    }
    if (action === "GetCallerIdentity" && judged.service === "sts") {
      const who = `<Arn>${key.arn}</Arn><UserId>${UNIQUE_ID}:session</UserId><Account>${ACCOUNT}</Account>`;
      return xml(action, who);
    }
    if (action === "GetRole" && judged.service === "iam" && roleArn.endsWith(`/${form.get("RoleName")}`)) {
      const name = `<RoleName>${form.get("RoleName")}</RoleName><RoleId>${UNIQUE_ID}</RoleId>`;
      return xml(action, `<Role><Path>/egress/</Path><Arn>${roleArn}</Arn>${name}</Role>`);
    }
    return refusal("AccessDenied");
  };

  const aws: AwsStandIn = {
    ...{ url: `http://127.0.0.1:${port}`, keys: [], asked: [], last: undefined },
    ...{ current: undefined, containerToken: "container-token", webIdentity: "web-identity" },
    stop: () => new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  return aws;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

/** The endpoints that hand out credentials. */
function credentials({ method, path, headers }: ReceivedRequest, aws: AwsStandIn): Answer {
  aws.asked.push(`${method} ${path}`);
  const plain = (text: string): Answer => ({ status: 200, text, type: "text/plain" });
  const denied: Answer = { status: 401, text: "", type: "text/plain" };
  const { current } = aws;
  const json = (): Answer => {
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = current ?? {};
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    return plain(JSON.stringify({ Code: "Success", AccessKeyId, SecretAccessKey, Token, Expiration }));
  };
  if (path === "/v2/credentials") return headers.authorization === aws.containerToken ? json() : denied;
  if (path === "/latest/api/token") {
    const isRight = method === "PUT" && Number(headers["x-aws-ec2-metadata-token-ttl-seconds"]) > 0;
    return isRight ? plain(SESSION) : denied;
  }
  if (headers["x-aws-ec2-metadata-token"] !== SESSION) return denied;
  if (path === "/latest/meta-data/iam/security-credentials/") return plain("egress\n");
  return path === "/latest/meta-data/iam/security-credentials/egress" ? json() : { ...denied, status: 404 };
}

function keyElements({ accessKeyId, secretAccessKey, sessionToken = "" }: AwsKey): string {
  const key = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>`;
  return `${key}<SessionToken>${sessionToken}</SessionToken>`;
}

function xml(action: string, result: string): Answer {
  const text = `<${action}Response xmlns="https://aws.test/doc/"><${action}Result>${result}</${action}Result></${action}Response>`;
  return { status: 200, text, type: "text/xml" };
}

function refusal(code: string, message = ""): Answer {
  const text = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  return { status: 403, text, type: "text/xml" };
}

function receivedOf({ method = "", url: path = "", headers }: IncomingMessage): Omit<ReceivedRequest, "body"> {
  return { method, path, headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)])) };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
