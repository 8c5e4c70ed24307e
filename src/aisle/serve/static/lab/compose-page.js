// The page /compose: the compose box by itself.

import { mountCompose } from "./compose.js";

mountCompose(document.getElementById("compose")).text.focus();
