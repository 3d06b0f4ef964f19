use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use jiff::Timestamp;

use super::BedrockSettings;
use crate::{Error, ErrorKind, Result, http::Request};

/// The name by which Bedrock is signed for, which is not that of its host.
const SERVICE: &str = "bedrock";

/// Who signs, and for what.
pub(super) struct Signer {
    identity: Identity,
    region: String,
    service: &'static str,
}

impl Signer {
    /// By the keys of the settings; `None` when there are none.
    pub(super) fn of(settings: &BedrockSettings) -> Option<Self> {
        let (id, secret) = (settings.access_key_id.as_ref()?, settings.secret_access_key.as_ref()?);
        let session = settings.session_token.as_ref().map(|session| session.expose().to_owned());
        Some(Self::new(id.expose(), secret.expose(), session, &settings.region, SERVICE))
    }

    pub(super) fn new(id: &str, secret: &str, session: Option<String>, region: &str, service: &'static str) -> Self {
        Self { identity: Credentials::new(id, secret, session, None, "beleg").into(), region: region.to_owned(), service }
    }

    /// Adds what proves who asks. The path is encoded once more in what is signed, as every service but S3 wants it; host and
    /// date are signed along with the headers that are there already.
    pub(super) fn signed(&self, method: &str, mut request: Request, now: Timestamp) -> Result<Request> {
        let failed = || {
            Error::new(ErrorKind::Internal, "provider.signature", "a request cannot be signed").with("provider", "aws.bedrock")
        };
        let headers = {
            let params = v4::SigningParams::builder()
                .identity(&self.identity)
                .region(&self.region)
                .name(self.service)
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
}
