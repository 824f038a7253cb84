// Workload identities as Nomad's servers sign them for a task with `identity { name = "consul_default" … }`, and the key set
// that they publish for it. https://developer.hashicorp.com/nomad/docs/concepts/workload-identity
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";

export interface NomadIdentities {
  readonly jwksUrl: string;
  /** The identity of a task of this job. @param lifeS may lie in the past */
  issue(job: string, options?: { readonly namespace?: string; readonly lifeS?: number }): string;
  stop(): Promise<void>;
}

const PATH = "/.well-known/jwks.json";

export async function startNomadIdentities(port: number): Promise<NomadIdentities> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = randomUUID();
  const keys = JSON.stringify({ keys: [{ use: "sig", alg: "RS256", kid, ...publicKey.export({ format: "jwk" }) }] });
  const server = createServer(({ url = "" }, response) => {
    const isRight = url.split("?")[0] === PATH;
    response.writeHead(isRight ? 200 : 404, { "content-type": "application/json" }).end(isRight ? keys : "");
  });
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    jwksUrl: `http://127.0.0.1:${port}${PATH}`,
    issue(job, { namespace = "default", lifeS = 3600 } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        ...{ aud: "consul.io", exp: now + lifeS, iat: now - 7200, nbf: now - 7200, jti: randomUUID() },
        ...{ nomad_allocation_id: randomUUID(), nomad_job_id: job, nomad_namespace: namespace, nomad_task: "gateway" },
        sub: `global:${namespace}:${job}:gateway:gateway:consul_default`,
      };
      const signed = `${text({ alg: "RS256", kid, typ: "JWT" })}.${text(claims)}`;
      return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
    },
    stop: () => new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}
