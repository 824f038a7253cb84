// Every default of a declaration, once, with its reason.

import type { Delivery, IntentionAction, Protocol } from "./props";

/** Safe by default: nothing off the host can connect until somebody chose an address. */
export const BIND_ADDRESS = "127.0.0.1";

/** Consul's own examples use it for gateways, so firewalls tend to know it; needs no privilege. */
export const BIND_PORT = 8443;

/** Consul's default as well: bytes are passed on as they are, so it is right for every protocol. */
export const PROTOCOL: Protocol = "tcp";

/** Safe by default: who is not named is refused. */
export const DEFAULT_INTENTION: IntentionAction = "deny";

/** Whoever writes only a source means to let it in. */
export const INTENTION_ACTION: IntentionAction = "allow";

/** The policy is the narrowest that works; making it by hand is where rights grow too wide. */
export const ACL_ENABLED = true;

/** The gateway process needs one; its secret id is never read, so nothing secret is in state. */
export const ACL_TOKEN = true;

/** Needs nothing of Consul and no more rights. */
export const DELIVERY: Delivery = "file";

/** What a process that was killed leaves behind ends soon; a renewal costs nothing. */
export const MAX_TOKEN_TTL = "1h";

/** Equal shares, as in Consul. */
export const WEIGHT = 1;

/** Envoy's own default is 1,024, reached in silence; this one is above what a gateway's file limit lets through. */
export const MAX_CONNECTIONS = 100_000;

/** Consul's `connect_timeout_ms`: long enough for a distant host, short enough to try the next instance. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** Envoy's route default, which callers of Consul already live with. */
export const REQUEST_TIMEOUT_MS = 15_000;

/** Envoy's idle default of one hour: databases keep pooled connections for long. */
export const IDLE_TIMEOUT_MS = 3_600_000;

/** Taking access away ends what that access opened. */
export const ON_REVOKE: "drain" | "keep" = "drain";

/** Consul's default: the Host header becomes the external hostname, which most external servers demand. */
export const DISABLE_AUTO_HOST_REWRITE = false;

/** Certificates of external services are verified until somebody says otherwise in so many words. */
export const INSECURE_SKIP_VERIFY = false;
