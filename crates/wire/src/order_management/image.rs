//! Adding an image.

use serde::{Deserialize, Serialize};

/// Body of `POST /v1/images`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageRequest {
    /// The merchant's name for it.
    #[cfg_attr(feature = "schema", schema(pattern = "^[0-9A-Za-z\\-_.]+$", min_length = 1, max_length = 128))]
    pub image_id: String,
    /// The bytes of a PNG or a JPEG, as `type` says: 2097152 at most, at least 167 pixels high.
    pub src: String,
    /// How the bytes are written.
    #[serde(rename = "type")]
    pub encoding: ImageEncoding,
}

/// How bytes are written as text.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ImageEncoding {
    /// RFC 4648, with padding or without.
    #[serde(rename = "base64")]
    Base64,
}

/// Answer to `POST /v1/images`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageResponse {
    /// The merchant's name for it.
    pub image_id: String,
}
