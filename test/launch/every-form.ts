// Options with which every form can be rendered, everything that refers to a credential included.
import type { LaunchOptions } from "../../src/launch/render-launch";

const IMAGE = "example/consul-tgw:1";
const CREDENTIALS = [{ source: "egress-tls", mountPath: "/etc/egress" }];

export const EVERY_FORM: LaunchOptions = {
  systemd: { tokenFile: "/etc/egress/token" },
  "cloud-init": { tokenFile: "/etc/egress/token", maxBytes: 262_144 },
  compose: { image: IMAGE, credentials: [{ source: "/srv/tls", mountPath: "/etc/egress" }], tokenFile: "/srv/token" },
  kubernetes: { image: IMAGE, credentials: CREDENTIALS, tokenSecret: { name: "egress-token", key: "token" } },
  nomad: { image: IMAGE, credentials: CREDENTIALS, tokenVariable: { path: "egress/token", item: "token" } },
  ecs: {
    image: IMAGE,
    credentials: CREDENTIALS,
    manifestVolume: "manifest",
    tokenSecretArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/egress-token",
  },
  shell: { tokenFile: "/etc/egress/token" },
};
