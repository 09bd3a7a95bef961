// The occlusion protocol as a tablet holds it, made by the server's own code.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? (existsSync(HOME + ".venv/bin/python") ? HOME + ".venv/bin/python" : "python3");
const MAKE = `
import json, pathlib
from safety.protocols import load, rules
p = load.load(pathlib.Path("protocols/vascular_occlusion/v1/protocol.yaml"))
print(json.dumps(rules.resolve(p.body, rules.effective(p.body, {}))))`;

export const protocol = JSON.parse(execFileSync(PYTHON, ["-c", MAKE], { cwd: HOME, maxBuffer: 2 ** 28 }));
