// Signing out leaves nothing typed on this tablet: drafts are erased before the form goes. A store that does not
// answer keeps nobody signed in.
import { openStore } from "../runner/store.mjs";

const PATIENCE_MS = 2e3;
const enough = () => new Promise((done) => { setTimeout(done, PATIENCE_MS); });

async function forget() {
  const store = await openStore();
  for (const name of await store.names("draft ")) await store.drop(name);
}

for (const form of document.querySelectorAll("form[action$='/sign-out']")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    Promise.race([forget(), enough()]).catch(() => {}).finally(() => form.submit());
  });
}
