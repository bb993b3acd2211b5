// The form: an address, then the code that was sent there.

import { $ } from "./dom.js";
import { Refused, sendCode, signIn } from "./session.js";
import { language, say } from "./words.js";

/** `onSignedIn` is called when there are tokens. */
export function startForm(onSignedIn) {
  $("sign-in-form").onsubmit = async (event) => {
    event.preventDefault();
    $("sign-in-problem").hidden = true;
    $("sign-in-go").disabled = true;
    try {
      if ($("code-box").hidden) await askForCode();
      else {
        await signIn($("email").value, $("code").value, language);
        showForm();
        onSignedIn();
      }
    } catch (error) {
      complain(error);
    } finally {
      $("sign-in-go").disabled = false;
    }
  };
  $("other-address").onclick = () => showForm();
}

/** Empty, at its first step; `hint` says why one is here. */
export function showForm(hint = say("signInHint")) {
  $("sign-in-form").reset();
  step("sendCode", true, hint);
}

async function askForCode() {
  await sendCode($("email").value, language);
  step("signIn", false, say("codeHint", { email: $("email").value }));
  $("code").focus();
}

function step(word, isFirst, hint) {
  $("code-box").hidden = $("other-address").hidden = isFirst;
  $("code").required = !isFirst;
  $("email").readOnly = !isFirst;
  $("sign-in-hint").textContent = hint;
  $("sign-in-go").dataset.word = word;
  $("sign-in-go").textContent = say(word);
  $("sign-in-problem").hidden = true;
}

function complain(error) {
  $("sign-in-problem").textContent = wordsFor(error);
  $("sign-in-problem").hidden = false;
}

function wordsFor(error) {
  if (!(error instanceof Refused)) return say("tryAgain");
  if (error.wait) return say("tooMany", { n: error.wait });
  if (error.path === "email") return say("wrongAddress");
  return error.reason ? say("moreIsAsked") : say("wrongCode");
}
