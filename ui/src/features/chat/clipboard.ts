/** Images on the clipboard, while it is being pasted. */

/**
 * The images that WebKitGTK keeps from the event of a paste, which names no types at all then. Asked for within that event,
 * they are given without a permission.
 */
export async function heldBack(event: ClipboardEvent): Promise<File[]> {
  if (!event.clipboardData || event.clipboardData.types.length > 0 || !navigator.clipboard?.read) return [];
  // Whatever cannot be read is not pasted, as it would be without us.
  const items = await navigator.clipboard.read().catch(() => []);
  const images = items.flatMap((item) => item.types.filter((type) => type.startsWith("image/")).slice(0, 1).map((type) => ({ item, type })));
  return Promise.all(images.map(async ({ item, type }) => new File([await item.getType(type)], "image", { type })));
}

/** The bytes of a file in base64 (RFC 4648 §4). */
export function base64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(",") + 1));
    };
    reader.onerror = () => reject(reader.error ?? new Error("The clipboard could not be read"));
    reader.readAsDataURL(file);
  });
}
