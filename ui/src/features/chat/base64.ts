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
