// The smallest gateway: one plain TCP listener in front of an echo server, as xDS resources, and a client for it.
import { connect, type Socket } from "node:net";

const GATEWAY_PORT = 21843;
/** Where the echo server must listen on 127.0.0.1. */
export const ECHO_PORT = 21844;
const TYPES = "type.googleapis.com/envoy.extensions";

export const echoCluster = {
  name: "echo",
  type: "STATIC",
  load_assignment: {
    cluster_name: "echo",
    endpoints: [
      {
        lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: ECHO_PORT } } } }],
      },
    ],
  },
};
const tcpProxy = { "@type": `${TYPES}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: "echo", cluster: "echo" };
export const echoListener = {
  name: "gw",
  address: { socket_address: { address: "127.0.0.1", port_value: GATEWAY_PORT } },
  filter_chains: [{ filters: [{ name: "tcp", typed_config: tcpProxy }] }],
};

/** A connection through the gateway that has carried `text` there and back. */
export function echoed(text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(GATEWAY_PORT, "127.0.0.1");
    socket.on("error", reject);
    socket.once("data", (data) => (data.toString() === text ? resolve(socket) : reject(new Error(`got ${data}`))));
    socket.write(text);
  });
}
