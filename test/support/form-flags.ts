// Flags with which `consul-tgw render` renders every form, everything that refers to a credential included.
import type { LaunchForm } from "../../src/launch/render-launch";

const IMAGE = ["--image", "example/consul-tgw:1"];
const MOUNTED = [...IMAGE, "--credentials", "egress-tls:/etc/egress"];

/** The same as EVERY_FORM of test/launch. */
export const FORM_FLAGS: Readonly<Record<LaunchForm, readonly string[]>> = {
  systemd: ["--token-file", "/etc/egress/token"],
  "cloud-init": ["--token-file", "/etc/egress/token", "--max-bytes", "262144"],
  compose: [...IMAGE, "--credentials", "/srv/tls:/etc/egress", "--token-file", "/srv/token"],
  kubernetes: [...MOUNTED, "--token-secret", "egress-token:token"],
  nomad: [...MOUNTED, "--token-variable", "egress/token:token"],
  ecs: [
    ...[...MOUNTED, "--manifest-volume", "manifest"],
    ...["--token-secret-arn", "arn:aws:ssm:eu-west-1:123456789012:parameter/egress-token"],
  ],
  shell: ["--token-file", "/etc/egress/token"],
};
