// Calls of Consul's HTTP API as the provider makes them, with errors in its words.

export interface ConsulAccess {
  /** `http://host:port`, or `host:port` for the same. */
  readonly address: string;
  readonly token: string;
  /** "" leaves it to the server. */
  readonly datacenter: string;
}

export interface ConsulClient {
  readonly datacenter: string;
  /** Undefined where there is no such thing. */
  get(path: string, query?: Query): Promise<unknown>;
  put(path: string, body: unknown, query?: Query): Promise<unknown>;
  /** A body that is no JSON. */
  putText(path: string, text: string, query?: Query): Promise<unknown>;
  delete(path: string, query?: Query): Promise<void>;
}

/** Empty values are not sent. */
export type Query = Readonly<Record<string, string>>;

const TIMEOUT_MS = 10_000;

export function makeConsulClient({ address, token, datacenter }: ConsulAccess): ConsulClient {
  const call = async (method: string, path: string, query: Query, body?: string): Promise<unknown> => {
    const url = new URL(path, address.includes("://") ? address : `http://${address}`);
    for (const [name, value] of Object.entries({ dc: datacenter, ...query })) {
      if (value !== "") url.searchParams.set(name, value);
    }
    const response = await fetch(url, {
      method,
      headers: token === "" ? {} : { "x-consul-token": token },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (method === "GET" && isAbsent(response.status, text)) return undefined;
    if (!response.ok) throw new Error(`Unexpected response code: ${response.status} (${text.trim()})`);
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    datacenter,
    get: (path, query = {}) => call("GET", path, query),
    put: (path, body, query = {}) => call("PUT", path, query, JSON.stringify(body)),
    putText: (path, text, query = {}) => call("PUT", path, query, text),
    delete: async (path, query = {}) => void (await call("DELETE", path, query)),
  };
}

/** ACL objects that are gone answer 403 "ACL not found" in some versions. */
function isAbsent(status: number, text: string): boolean {
  return status === 404 || (status === 403 && text.includes("ACL not found"));
}
