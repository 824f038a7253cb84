// The two questions that Consul's auth method of type kubernetes asks of a cluster's API server, answered on loopback over
// TLS: whose a token is (TokenReview), and what its service account says. Only the method's own service account may ask.
import { createServer } from "node:https";
import { makeCa } from "../../tools/demo/pki";

export interface KubernetesApi {
  /** As Consul's configuration of the method has it: where it is, whose CA, as whom it asks. */
  readonly config: { readonly Host: string; readonly CACert: string; readonly ServiceAccountJWT: string };
  /** A token of a pod that runs as this service account. */
  tokenOf(namespace: string, serviceAccount: string): string;
  /** Every question so far. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Consul looks at no signature: that is the cluster's business. */
const jwt = (namespace: string, name: string): string =>
  `${text({ alg: "RS256", kid: "k" })}.${text({
    iss: "https://kubernetes.default.svc.cluster.local",
    aud: ["https://kubernetes.default.svc.cluster.local"],
    "kubernetes.io": { namespace, serviceaccount: { name, uid: `uid-${name}` } },
    sub: `system:serviceaccount:${namespace}:${name}`,
  })}.${Buffer.from("signature").toString("base64url")}`;

export async function startKubernetesApi(port: number): Promise<KubernetesApi> {
  const ca = await makeCa("Kubernetes CA");
  const { certPem: cert, keyPem: key } = await ca.server("kubernetes", "127.0.0.1");
  const reviewer = jwt("consul", "consul-auth-method");
  const pods = new Map<string, { readonly namespace: string; readonly name: string }>();
  const asked: string[] = [];

  const answer = (method: string, path: string, body: string): { readonly status: number; readonly value: object } => {
    if (method === "POST" && path === "/apis/authentication.k8s.io/v1/tokenreviews") {
      const review = JSON.parse(body) as { spec: { token: string } };
      const pod = pods.get(review.spec.token);
      const user = pod && {
        ...{ username: `system:serviceaccount:${pod.namespace}:${pod.name}`, uid: `uid-${pod.name}` },
        groups: ["system:serviceaccounts", `system:serviceaccounts:${pod.namespace}`, "system:authenticated"],
      };
      const status =
        user === undefined ? { authenticated: false, error: "invalid bearer token" } : { authenticated: true, user };
      const kind = {
        kind: "TokenReview",
        apiVersion: "authentication.k8s.io/v1",
        metadata: { creationTimestamp: null },
      };
      return { status: 201, value: { ...kind, spec: review.spec, status } };
    }
    const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/?]+)$/.exec(path) ?? [];
    const isThere = [...pods.values()].some((pod) => pod.namespace === namespace && pod.name === name);
    if (method !== "GET" || !isThere) return { status: 404, value: refusal(404, "NotFound") };
    const metadata = {
      name,
      namespace,
      uid: `uid-${name}`,
      resourceVersion: "7",
      creationTimestamp: "2030-01-01T00:00:00Z",
    };
    return { status: 200, value: { kind: "ServiceAccount", apiVersion: "v1", metadata } };
  };

  const server = createServer({ cert, key }, (request, response) => {
    const { method = "", url = "" } = request;
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      asked.push(`${method} ${url}`);
      const isReviewer = request.headers.authorization === `Bearer ${reviewer}`;
      const { status, value } = isReviewer
        ? answer(method, url, Buffer.concat(parts).toString("utf8"))
        : { status: 401, value: refusal(401, "Unauthorized") };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  return {
    config: { Host: `https://127.0.0.1:${port}`, CACert: ca.caPem, ServiceAccountJWT: reviewer },
    tokenOf(namespace, name) {
      const token = jwt(namespace, name);
      pods.set(token, { namespace, name });
      return token;
    },
    asked,
    stop: () => new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}

function refusal(code: number, reason: string): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: reason, reason, code };
}
