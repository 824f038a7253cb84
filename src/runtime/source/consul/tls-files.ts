// The files that say how servers are trusted and who we are to them: read, checked as a whole, and read again on change.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Issue, Result } from "../../../model/issues";
import type { Clock, Logger } from "../../ports";
import type { ConsulTls } from "./access";
import { markOf } from "./file-mark";
import type { GivenPath, TlsFiles } from "./settings";

/** The files are looked at no more often than this, however many requests there are. */
const LOOK_EVERY_MS = 1_000;

/** Every mistake at once; what is in the files is not told. */
export function readTls(files: TlsFiles): Result<ConsulTls> {
  const issues: Issue[] = [];
  const { caFile, caPath, clientCert, clientKey, serverName } = files;
  const caPem = caFile === undefined ? read(caPath, issues, readDirectory) : read(caFile, issues, readCertificates);
  const certPem = read(clientCert, issues, readCertificates);
  const keyPem = read(clientKey, issues, readKey);
  if (certPem !== undefined && keyPem !== undefined && !isPair(certPem, keyPem) && clientKey !== undefined) {
    const got = `${clientKey.path}: not the key of ${clientCert?.path}`;
    issues.push({ path: clientKey.from, got, allowed: "the certificate's key", hint: "correct the file or its path" });
  }
  if (issues.length > 0) return { ok: false, error: issues };
  return {
    ok: true,
    value: {
      ...(caPem === undefined ? {} : { caPem }),
      ...(certPem === undefined ? {} : { certPem }),
      ...(keyPem === undefined ? {} : { keyPem }),
      ...(serverName === undefined ? {} : { serverName }),
    },
  };
}

/**
 * What the files hold now: the same object while nothing changed. While they cannot be used, the last good ones count; that
 * is said when it is so at a second look, as a certificate and its key are not replaced in one moment.
 */
export function followTls(
  files: TlsFiles,
  first: ConsulTls,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): () => ConsulTls {
  let tls = first;
  let mark = markAll(files);
  let lookedMs = clock.now();
  let seen: string | undefined;
  let said: string | undefined;
  return () => {
    const now = clock.now();
    if (Math.abs(now - lookedMs) < LOOK_EVERY_MS) return tls;
    lookedMs = now;
    const next = markAll(files);
    if (next === mark) return tls;
    const result = readTls(files);
    if (result.ok) {
      mark = next;
      const isNew = JSON.stringify(result.value) !== JSON.stringify(tls);
      if (isNew || said !== undefined) log.info("TLS files for Consul read", { changed: isNew });
      seen = undefined;
      said = undefined;
      if (isNew) tls = result.value;
      return tls;
    }
    const reason = result.error.map(({ got }) => got).join("; ");
    if (reason === seen && reason !== said) {
      log.warn("TLS files for Consul cannot be used, the last good ones stay", { reason });
      said = reason;
    }
    seen = reason;
    return tls;
  };
}

function markAll({ caFile, caPath, clientCert, clientKey }: TlsFiles): string {
  const paths = [caFile, clientCert, clientKey].flatMap((each) => (each === undefined ? [] : [each.path]));
  const inside = caFile === undefined && caPath !== undefined ? filesIn(caPath.path) : [];
  return [...paths, ...inside].map((path) => `${path} ${markOf(path) ?? "none"}`).join("\n");
}

/** Also through the links by which Kubernetes mounts files; [] where it cannot be read. */
function filesIn(directory: string): readonly string[] {
  try {
    const paths = readdirSync(directory).map((name) => join(directory, name));
    return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true).sort();
  } catch {
    return [];
  }
}

/** Undefined where no path is given, and after a mistake. */
function read(given: GivenPath | undefined, issues: Issue[], by: (path: string) => string): string | undefined {
  if (given === undefined) return undefined;
  const { path, from } = given;
  try {
    return by(path);
  } catch (error) {
    const what = by === readKey ? "private key" : "certificate";
    const got = `${path}: ${whyNot(error as NodeJS.ErrnoException, what)}`;
    issues.push({ path: from, got, allowed: `readable PEM with a ${what}`, hint: "correct the file or its path" });
    return undefined;
  }
}

class Unusable extends Error {}

/** A parser's own words may quote the file. */
function whyNot(error: NodeJS.ErrnoException, what: string): string {
  if (error instanceof Unusable) return error.message;
  return error.syscall === undefined ? `no ${what} that can be used` : (error.code ?? "unreadable");
}

function readCertificates(path: string): string {
  const found = certificatesIn(readFileSync(path, "utf8"));
  if (found.length === 0) throw new Unusable("no certificate in it");
  return found.join("\n");
}

function readDirectory(path: string): string {
  readdirSync(path);
  const found = filesIn(path).flatMap((file) => certificatesIn(readFileSync(file, "utf8")));
  if (found.length === 0) throw new Unusable("no certificate in its files");
  return found.join("\n");
}

/** Throws on one that cannot be parsed: a CA that is left out would be noticed much later. */
function certificatesIn(text: string): readonly string[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  for (const each of found) new X509Certificate(each);
  return found;
}

function readKey(path: string): string {
  const text = readFileSync(path, "utf8");
  if (!text.includes("PRIVATE KEY-----")) throw new Unusable("no private key in it");
  createPrivateKey(text);
  return text;
}

/** The first certificate is ours, those that follow sign it. */
function isPair(certPem: string, keyPem: string): boolean {
  return new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
}
