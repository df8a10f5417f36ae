// Ask four times a second whether a file has changed, and put the new page in the place of the old one.
"use strict";
let seen = document.body.dataset.version;

async function text(address) {
  const answer = await fetch(address, { cache: "no-store" });
  return answer.text();
}

async function look() {
  try {
    if ((await text("/version")) !== seen) {
      const page = new DOMParser().parseFromString(await text(location.href), "text/html");
      for (const part of ["main", "nav"]) {
        document.querySelector(part).innerHTML = page.querySelector(part).innerHTML;
      }
      document.title = page.title;
      seen = page.body.dataset.version;
    }
    document.querySelector(".lost").hidden = true;
  } catch {
    document.querySelector(".lost").hidden = false;
  }
  setTimeout(look, 250);
}

look();
