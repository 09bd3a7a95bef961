// Signing out leaves nothing typed on this tablet: drafts are erased before the form goes.
import { openStore } from "../runner/store.mjs";

async function forget() {
  const store = await openStore();
  for (const name of await store.names("draft ")) await store.drop(name);
}

for (const form of document.querySelectorAll("form[action$='/sign-out']")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    forget().catch(() => {}).finally(() => form.submit());
  });
}
