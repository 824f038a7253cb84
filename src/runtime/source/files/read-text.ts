// Reads a small regular file as text: bounded in size, never waiting on a pipe or device.

import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Larger than any certificate bundle in use. */
export const MOST_FILE_BYTES = 1024 * 1024;

export type Read = { readonly text: string } | { readonly problem: string };

/** The file's text, or why there is none; the reason names the path and never quotes content. */
export async function readText(path: string, mostBytes = MOST_FILE_BYTES): Promise<Read> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (!info.isFile()) return { problem: `${path} is not a regular file` };
      if (info.size > mostBytes) return { problem: `${path} is larger than ${mostBytes} bytes` };
      const bytes = Buffer.alloc(info.size + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      }
      if (length > info.size) return { problem: `${path} grew while it was read` };
      return { text: bytes.toString("utf8", 0, length) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { problem: `cannot read ${path}: ${reasonOf(error as NodeJS.ErrnoException)}` };
  }
}

function reasonOf({ code }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  return code ?? "unknown error";
}
