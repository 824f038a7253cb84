import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { caKey, makeCa, setUp } from "./fixture";

describe("sees a CA file change", () => {
  /** Each makes `certs/ca.pem` hold the text, over what was there. */
  const WAYS: [string, (dir: string, text: string, round: number) => void][] = [
    [
      "by rename over it",
      (dir, text) => {
        mkdirSync(join(dir, "certs"), { recursive: true });
        writeFileSync(join(dir, "certs/.new"), text);
        renameSync(join(dir, "certs/.new"), join(dir, "certs/ca.pem"));
      },
    ],
    [
      "by writing in place",
      (dir, text) => {
        mkdirSync(join(dir, "certs"), { recursive: true });
        writeFileSync(join(dir, "certs/ca.pem"), text);
      },
    ],
    [
      "by swapping a link to it",
      (dir, text, round) => {
        mkdirSync(join(dir, "certs"), { recursive: true });
        mkdirSync(join(dir, `store/${round}`), { recursive: true });
        writeFileSync(join(dir, `store/${round}/ca.pem`), text);
        symlinkSync(`../store/${round}/ca.pem`, join(dir, "certs/.new"));
        renameSync(join(dir, "certs/.new"), join(dir, "certs/ca.pem"));
      },
    ],
    [
      "by writing to the target of a link",
      (dir, text, round) => {
        mkdirSync(join(dir, "certs"), { recursive: true });
        mkdirSync(join(dir, "store"), { recursive: true });
        writeFileSync(join(dir, "store/ca.pem"), text);
        if (round === 0) symlinkSync("../store/ca.pem", join(dir, "certs/ca.pem"));
      },
    ],
    [
      "by Kubernetes' swap of ..data",
      (dir, text, round) => {
        mkdirSync(join(dir, `certs/..v${round}`), { recursive: true });
        writeFileSync(join(dir, `certs/..v${round}/ca.pem`), text);
        symlinkSync(`..v${round}`, join(dir, "certs/..data_tmp"));
        renameSync(join(dir, "certs/..data_tmp"), join(dir, "certs/..data"));
        if (round === 0) symlinkSync("..data/ca.pem", join(dir, "certs/ca.pem"));
        else rmSync(join(dir, `certs/..v${round - 1}`), { recursive: true });
      },
    ],
    [
      "by swapping a linked directory",
      (dir, text, round) => {
        mkdirSync(join(dir, `release-${round}`));
        writeFileSync(join(dir, `release-${round}/ca.pem`), text);
        symlinkSync(`release-${round}`, join(dir, "new"));
        renameSync(join(dir, "new"), join(dir, "certs"));
      },
    ],
    [
      "by removing its directory and making it anew",
      (dir, text) => {
        rmSync(join(dir, "certs"), { recursive: true, force: true });
        mkdirSync(join(dir, "certs"));
        writeFileSync(join(dir, "certs/ca.pem"), text);
      },
    ],
    [
      "by moving another directory into its place",
      (dir, text, round) => {
        mkdirSync(join(dir, "new"));
        writeFileSync(join(dir, "new/ca.pem"), text);
        if (round > 0) renameSync(join(dir, "certs"), join(dir, `old-${round}`));
        renameSync(join(dir, "new"), join(dir, "certs"));
      },
    ],
  ];
  it.each(WAYS)("%s, twice", async (_name, rotate) => {
    const { dir, start, see } = setUp(caKey, { retryMs: 3_600_000 });
    const texts = [await makeCa(), await makeCa(), await makeCa()];
    rotate(dir, texts[0] ?? "", 0);
    start();
    await see(...texts.slice(0, 1));
    rotate(dir, texts[1] ?? "", 1);
    await see(...texts.slice(0, 2));
    rotate(dir, texts[2] ?? "", 2);
    await see(...texts);
  });

  it("after its directory was away for a while", async () => {
    const { dir, start, see } = setUp(caKey);
    const [one, two] = [await makeCa(), await makeCa()];
    mkdirSync(join(dir, "certs"));
    writeFileSync(join(dir, "certs/ca.pem"), one);
    start();
    await see(one);
    rmSync(join(dir, "certs"), { recursive: true });
    const problem = "problem: cannot read DIR/certs/ca.pem: no such file";
    await see(one, problem);
    mkdirSync(join(dir, "certs"));
    writeFileSync(join(dir, "certs/ca.pem"), two);
    await see(one, problem, two);
  });

  it("when it was absent at the start, directory and all", async () => {
    const { dir, start, see } = setUp(caKey, { retryMs: 3_600_000 });
    const text = await makeCa();
    start();
    const problem = "problem: cannot read DIR/certs/ca.pem: no such file";
    await see(problem);
    mkdirSync(join(dir, "certs"));
    writeFileSync(join(dir, "certs/ca.pem"), text);
    await see(problem, text);
  });
});
