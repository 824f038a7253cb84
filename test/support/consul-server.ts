// The demo's real Consul server, for tests.
export { type ConsulServer, type ConsulServerOptions, startConsulServer } from "../../tools/demo/consul-server";
