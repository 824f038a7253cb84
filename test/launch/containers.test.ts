// Compose and Kubernetes, whole files.
import { manifestText } from "./gateways";
import { rendered, textOf } from "./rendered";

const MANIFEST = manifestText();
const IMAGE = "example/consul-tgw:1";
const CREDENTIALS = [{ source: "/srv/tls", mountPath: "/etc/egress" }];
const indented = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

test("compose: one container, the manifest in a folder beside the file", () => {
  const files = rendered("compose", MANIFEST, {
    image: IMAGE,
    credentials: CREDENTIALS,
    tokenFile: "/srv/token",
    environment: { PRICE: "$5" },
    stopSeconds: 45,
  });
  expect(files).toEqual({
    "egress/manifest.json": MANIFEST,
    "compose.yaml": `name: consul-tgw-egress
services:
  gateway:
    image: "example/consul-tgw:1"
    entrypoint:
      - consul-tgw
    command:
      - run
      - "--state-dir"
      - /var/lib/consul-terminating-gateway/private
      - "--run-dir"
      - /run/consul-tgw/private
    environment:
      CONSUL_HTTP_TOKEN_FILE: /run/secrets/consul-token
      CONSUL_TGW_MANIFEST: /etc/consul-terminating-gateway/manifest.json
      PRICE: "$$5"
    user: "65532:65532"
    read_only: true
    cap_drop:
      - ALL
    security_opt:
      - "no-new-privileges:true"
    ulimits:
      nofile: 1048576
    restart: unless-stopped
    stop_grace_period: "45s"
    ports:
      - target: 8443
        published: "8443"
        protocol: tcp
    volumes:
      - type: bind
        source: "./egress"
        target: /etc/consul-terminating-gateway
        read_only: true
        bind:
          create_host_path: false
      - type: bind
        source: /srv/tls
        target: /etc/egress
        read_only: true
        bind:
          create_host_path: false
      - type: volume
        source: state
        target: /var/lib/consul-terminating-gateway
      - type: tmpfs
        target: /run/consul-tgw
    secrets:
      - source: consul-token
secrets:
  consul-token:
    file: /srv/token
volumes:
  state: {}
`,
  });
});

test("compose: a port below 1024 needs the kernel's leave, not a capability", () => {
  const text = textOf(rendered("compose", manifestText({ port: 443 }), { image: IMAGE }), "compose.yaml");
  expect(text).toContain('    sysctls:\n      net.ipv4.ip_unprivileged_port_start: "443"\n');
  expect(text).not.toContain("cap_add");
  expect(text).not.toContain("secrets");
});

test("kubernetes: ConfigMap, Deployment and Service", () => {
  const files = rendered("kubernetes", MANIFEST, {
    image: IMAGE,
    namespace: "mesh",
    credentials: [{ source: "egress-tls", mountPath: "/etc/egress" }],
    tokenSecret: { name: "egress-token", key: "token" },
    arguments: ["--log-level", "$(LEVEL)"],
  });
  const meta = `  name: consul-tgw-egress
  namespace: mesh
  labels:
    app.kubernetes.io/name: consul-terminating-gateway
    app.kubernetes.io/instance: egress
`;
  const labels = "app.kubernetes.io/name: consul-terminating-gateway\napp.kubernetes.io/instance: egress\n";
  expect(files).toEqual({
    "egress.kubernetes.yaml": `apiVersion: v1
kind: ConfigMap
metadata:
${meta}data:
  manifest.json: |
${indented(MANIFEST, "    ")}---
apiVersion: apps/v1
kind: Deployment
metadata:
${meta}spec:
  replicas: 1
  selector:
    matchLabels:
${indented(labels, "      ")}  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  template:
    metadata:
      labels:
${indented(labels, "        ")}    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 30
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: gateway
          image: "example/consul-tgw:1"
          command:
            - consul-tgw
          args:
            - run
            - "--state-dir"
            - /var/lib/consul-terminating-gateway/private
            - "--run-dir"
            - /run/consul-tgw/private
            - "--log-level"
            - "$$(LEVEL)"
          env:
            - name: CONSUL_HTTP_TOKEN_FILE
              value: /run/secrets/consul-token
            - name: CONSUL_TGW_MANIFEST
              value: /etc/consul-terminating-gateway/manifest.json
          ports:
            - name: gateway
              containerPort: 8443
              protocol: TCP
          readinessProbe:
            tcpSocket:
              port: gateway
            periodSeconds: 5
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: manifest
              mountPath: /etc/consul-terminating-gateway
              readOnly: true
            - name: state
              mountPath: /var/lib/consul-terminating-gateway
            - name: run
              mountPath: /run/consul-tgw
            - name: token
              mountPath: /run/secrets
              readOnly: true
            - name: credentials-0
              mountPath: /etc/egress
              readOnly: true
      volumes:
        - name: manifest
          configMap:
            name: consul-tgw-egress
        - name: state
          emptyDir: {}
        - name: run
          emptyDir:
            medium: Memory
        - name: token
          secret:
            secretName: egress-token
            defaultMode: 288
            items:
              - key: token
                path: consul-token
        - name: credentials-0
          secret:
            secretName: egress-tls
            defaultMode: 288
---
apiVersion: v1
kind: Service
metadata:
${meta}spec:
  selector:
${indented(labels, "    ")}  ports:
    - name: gateway
      port: 8443
      targetPort: gateway
      protocol: TCP
`,
  });
});

test("kubernetes: what is asked for beyond the defaults", () => {
  const text = textOf(
    rendered("kubernetes", manifestText({ port: 443 }), {
      image: IMAGE,
      replicas: 3,
      stateClaim: "egress-state",
      serviceAccount: "egress",
      command: ["node", "/app/bin/consul-tgw.js"],
      user: 1000,
      stopSeconds: 60,
    }),
    "egress.kubernetes.yaml",
  );
  expect(text).toContain("  replicas: 3\n");
  expect(text).toContain("  strategy:\n    type: Recreate\n");
  expect(text).toContain("            claimName: egress-state\n");
  expect(text).toContain("      serviceAccountName: egress\n");
  expect(text).toContain("          command:\n            - node\n            - /app/bin/consul-tgw.js\n");
  expect(text).toContain("        runAsUser: 1000\n");
  expect(text).toContain("      terminationGracePeriodSeconds: 60\n");
  expect(text).toContain(
    '        sysctls:\n          - name: net.ipv4.ip_unprivileged_port_start\n            value: "443"\n',
  );
  expect(text).not.toContain("namespace:");
});
