// The options of the command line, in groups that several commands share.

import type { Command } from "commander";
import { DEFAULT_DRAIN_TIME_S, DEFAULT_RESTART_SILENT_S, LOG_LEVELS } from "./config";
import { DEFAULT_REAP_AFTER_S, LEAST_REAP_AFTER_S } from "./source/consul/registration-times";

/** Where a gateway is declared, and the places that it uses. */
export function withSource(command: Command): Command {
  return withDirectories(withManifest(command));
}

/** A gateway that runs. */
export function withPlaces(command: Command): Command {
  return withDirectories(withGateway(command));
}

/** Which gateway, without the places that it uses here. */
export function withManifest(command: Command): Command {
  return withGateway(
    command.option(
      "--manifest <path>",
      "manifest file, cdktf.out directory, or - for standard input (env CONSUL_TGW_MANIFEST)",
    ),
  );
}

function withGateway(command: Command): Command {
  return command.option(
    "--gateway <name>",
    "gateway to take where there are several; with Consul alone: its config entry",
  );
}

function withDirectories(command: Command): Command {
  return command
    .option("--state-dir <dir>", "private state; default $XDG_STATE_HOME/consul-terminating-gateway")
    .option("--run-dir <dir>", "sockets and bootstrap; default $XDG_RUNTIME_DIR/consul-tgw")
    .option("--log-level <level>", LOG_LEVELS.join(", "), "info")
    .option("--json", "machine-readable output and logs");
}

export function withEnvoy(command: Command): Command {
  return command
    .optionsGroup("Envoy:")
    .option("--envoy-path <path>", "Envoy binary; default $ENVOY_PATH, then PATH, then the cache")
    .option("--envoy-version <version>", "which cached Envoy to take, as 1.40.0")
    .option("--drain-time <seconds>", "time that connections get to end", String(DEFAULT_DRAIN_TIME_S))
    .option(
      "--restart-silent-envoy <seconds>",
      "end and start again an Envoy that has not answered for so long; from 10 s on it counts as not serving; 0: never",
      String(DEFAULT_RESTART_SILENT_S),
    )
    .option("--concurrency <n>", "Envoy worker threads; default one per CPU");
}

/** The names that users of Consul's own command know. There is none for the token: others can read arguments. */
export function withConsul(command: Command): Command {
  return withRegistration(withServers(command));
}

/** How the servers are reached. */
export function withServers(command: Command): Command {
  return command
    .optionsGroup("Consul:")
    .option(
      "--consul-addr <url>",
      "HTTP API of servers, as https://host:8501; all addresses of a name are used; repeatable (env CONSUL_HTTP_ADDR)",
      collect,
    )
    .option(
      "--manifest-kv <key>",
      "key of Consul's KV store with the manifest, followed where a gateway runs (env CONSUL_TGW_MANIFEST_KV)",
    )
    .option("--standalone", "do not ask Consul, whatever the environment says")
    .option("--token-file <path>", "ACL token, read again on change (env CONSUL_HTTP_TOKEN_FILE; CONSUL_HTTP_TOKEN)")
    .option("--auth-method <name>", "log in for a token at this auth method (env CONSUL_LOGIN_AUTH_METHOD)")
    .option(
      "--bearer-token-file <path>",
      "what the auth method takes, read for every login (env CONSUL_LOGIN_BEARER_TOKEN_FILE)",
    )
    .option("--login-meta <key=value>", "kept with the token, repeatable (env CONSUL_LOGIN_META: a=b,c=d)", collect)
    .option("--login-namespace <name>", "Enterprise: of the auth method (env CONSUL_LOGIN_NAMESPACE)")
    .option(
      "--aws-auto-bearer-token",
      "make it of the process's AWS credentials, for a method of type aws-iam (env CONSUL_LOGIN_AWS_AUTO_BEARER_TOKEN)",
    )
    .option("--aws-region <name>", "of STS; default: all regions' (env AWS_REGION; AWS_DEFAULT_REGION)")
    .option("--aws-sts-endpoint <url>", "of STS; default: the region's (env AWS_ENDPOINT_URL_STS)")
    .option(
      "--aws-server-id-header-value <text>",
      "ServerIDHeaderValue of the method (env CONSUL_LOGIN_AWS_SERVER_ID_HEADER_VALUE)",
    )
    .option(
      "--aws-include-entity",
      "for a method with EnableIAMEntityDetails: needs iam:GetRole or iam:GetUser (env CONSUL_LOGIN_AWS_INCLUDE_ENTITY)",
    )
    .option("--ca-file <path>", "CA of the servers, read again on change as all of these (env CONSUL_CACERT)")
    .option("--ca-path <dir>", "directory of CAs, where there is no --ca-file (env CONSUL_CAPATH)")
    .option("--client-cert <path>", "client certificate (env CONSUL_CLIENT_CERT)")
    .option("--client-key <path>", "its key (env CONSUL_CLIENT_KEY)")
    .option("--tls-server-name <name>", "name in the servers' certificate (env CONSUL_TLS_SERVER_NAME)")
    .option("--datacenter <name>", "datacenter of the servers; default: what they say")
    .option("--namespace <name>", "Enterprise (env CONSUL_NAMESPACE)")
    .option("--partition <name>", "Enterprise (env CONSUL_PARTITION)")
    .option("--allow-plaintext-leaves", "fetch certificates with their keys over http:// from another host");
}

function withRegistration(command: Command): Command {
  return command
    .optionsGroup("Registration in Consul:")
    .option("--address <host[:port]>", "what callers are told; default: where it listens")
    .option("--wan-address <host[:port]>", "what callers in other datacenters are told")
    .option("--port <n>", "default 8443")
    .option(
      "--bind-address <[name=]ip[:port]>",
      "where to listen, repeatable; default: --address, or 127.0.0.1",
      collect,
    )
    .option("--replica <name>", "tells replicas of one gateway apart; default: the host's name")
    .option(
      "--reap-after <seconds>",
      `replicas make one that was killed critical within this time; least ${LEAST_REAP_AFTER_S}, 0 for never; default ${DEFAULT_REAP_AFTER_S}`,
    )
    .option(
      "--local-agent <url>",
      "register with this host's Consul agent, as http://127.0.0.1:8500, which checks the replica by itself",
    )
    .option("--esm", "let the cluster's consul-esm check the replica as well: node metadata and a TCP check");
}

/** Names of their own for the gateway's options would be twenty: Consul's keys are known, and its documentation holds. */
export function withOptions(command: Command): Command {
  return command
    .optionsGroup("Gateway options:")
    .option(
      "--proxy-config <key=value>",
      "option under Consul's own key, as connect_timeout_ms=2000; repeatable (docs/gateway-options.md)",
      collect,
    )
    .option("--allow-public-bind", "listen on addresses that anybody on the internet may reach")
    .option("--admin-bind <socket|ip:port>", "Envoy's admin interface; default: a unix socket in the run directory")
    .option("--allow-remote-admin", "let --admin-bind be an address that other hosts can reach");
}

/** For a flag that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
