"use strict";
// A picture is in the file once; where it is shown again it is taken from there.
window.facePictures = new Map();
for (const img of document.querySelectorAll("img[data-id]"))
  if (!("again" in img.dataset)) window.facePictures.set(img.dataset.id, img.src);
for (const img of document.querySelectorAll("img[data-again]")) img.src = window.facePictures.get(img.dataset.id) || "data:,";
