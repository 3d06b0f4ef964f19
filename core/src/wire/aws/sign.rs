use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use jiff::Timestamp;

use super::PROVIDER;
use crate::{Error, ErrorKind, Result, http::Request, platform::Secret};

/// A key of AWS, whole.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) id: Secret,
    pub(crate) secret: Secret,
    /// The session that they are for, when they are temporary.
    pub(crate) session: Option<Secret>,
}

/// Adds what proves who asks a service of a region. The path is encoded once more in what is signed, as every service but S3 wants
/// it; host and date are signed along with the headers that are there already.
pub(super) fn signed(
    method: &str,
    mut request: Request,
    keys: &Keys,
    region: &str,
    service: &str,
    now: Timestamp,
) -> Result<Request> {
    let failed =
        || Error::new(ErrorKind::Internal, "provider.signature", "a request cannot be signed").with("provider", PROVIDER);
    let session = keys.session.as_ref().map(|session| session.expose().to_owned());
    let identity: Identity = Credentials::new(keys.id.expose(), keys.secret.expose(), session, None, "beleg").into();
    let headers = {
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(now.into())
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| failed())?;
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(method, request.url().as_str(), request.headers(), body).map_err(|_| failed())?;
        let (instructions, _) = sign(signable, &params.into()).map_err(|_| failed())?.into_parts();
        instructions.into_parts().0
    };
    for header in headers {
        request = request.header(header.name(), header.value());
    }
    Ok(request)
}
