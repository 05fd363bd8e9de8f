//! Which keychain it is: two of the same make have the same name, and one that was reset has it still.

use domain::Secret;

use crate::{Keychain, VaultError, seal};

/// The item that tells one keychain from another. It is no secret, and all data folders share it.
const NAME: &str = "keychain";

/// The mark of this keychain, where we ever left one.
pub(super) async fn known(keychain: &dyn Keychain) -> Result<Option<String>, VaultError> {
    Ok(keychain.get(NAME).await?.map(|mark| hex::encode(mark.reveal())))
}

/// The mark of this keychain; it gets one where it has none.
pub(super) async fn mark(keychain: &dyn Keychain) -> Result<String, VaultError> {
    if let Some(mark) = known(keychain).await? {
        return Ok(mark);
    }
    let mark = seal::random::<8>();
    keychain.set(NAME, &Secret::new(mark.to_vec())).await?;
    Ok(hex::encode(mark))
}
