// The occlusion protocol as a tablet holds it, made by the server's own code.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? (existsSync(HOME + ".venv/bin/python") ? HOME + ".venv/bin/python" : "python3");
const made = (version) => `
import json, pathlib
from safety.protocols import load, rules
p = load.load(pathlib.Path("protocols/vascular_occlusion/${version}/protocol.yaml"))
print(json.dumps(rules.resolve(p.body, rules.effective(p.body, {}))))`;

/** The protocol of a version, with the values it has when nobody set others. */
export const clinical = (version) => JSON.parse(execFileSync(PYTHON, ["-c", made(version)], { cwd: HOME, maxBuffer: 2 ** 28 }));

export const protocol = clinical("v1");
