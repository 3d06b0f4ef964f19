use super::{
    PROVIDER, profile,
    sign::{Keys, signed},
};
use crate::{
    Result,
    http::{Address, Http, Request},
    platform::{Secret, Variables, secret_by},
    wire::missing,
};

/// The name by which Bedrock is signed for, which is not that of its host.
const SERVICE: &str = "bedrock";

/// The settings by which Bedrock is reached, whatever its model does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    pub(crate) region: String,
    pub(crate) model: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) bearer_token: Option<Secret>,
    pub(crate) access_key_id: Option<Secret>,
    pub(crate) secret_access_key: Option<Secret>,
    pub(crate) session_token: Option<Secret>,
    pub(crate) profile: Option<String>,
}

impl Access {
    /// The same, with what is left open taken from the environment and the shared files of AWS; its variables stand at the settings of
    /// each model.
    pub(crate) fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        if self.bearer_token.is_none() {
            self.bearer_token = secret_by("AWS_BEARER_TOKEN_BEDROCK", variables)?;
        }
        if self.access_key_id.is_none() && self.profile.is_none() {
            self.access_key_id = secret_by("AWS_ACCESS_KEY_ID", variables)?;
            self.secret_access_key = secret_by("AWS_SECRET_ACCESS_KEY", variables)?;
            self.session_token = secret_by("AWS_SESSION_TOKEN", variables)?;
        }
        let profile = profile::profile(self.profile.as_deref(), variables)?;
        if self.access_key_id.is_none() && self.bearer_token.is_none() {
            let (id, secret, session) = profile.keys()?.unwrap_or_default();
            (self.access_key_id, self.secret_access_key, self.session_token) = (id, secret, session);
        }
        if self.region.is_empty() {
            let region = variables("AWS_REGION").or_else(|| variables("AWS_DEFAULT_REGION"));
            self.region = region.or_else(|| profile.region().map(str::to_owned)).unwrap_or_default();
        }
        self.endpoint = self.endpoint.or_else(|| variables("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"));
        Ok(self)
    }

    /// Where an operation of the model is. An ARN stays one segment: its colons and slashes are encoded.
    pub(crate) fn address(&self, operation: &str) -> Result<Address> {
        let domain = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let usual = format!("https://bedrock-runtime.{}.{domain}", self.region);
        Ok(Address::parse(self.endpoint.as_deref().unwrap_or(&usual))?.below(&["model", &self.model, operation]))
    }

    fn check(&self) -> Result<()> {
        let name = |setting, hint| Err(missing(PROVIDER, setting, hint));
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.model.is_empty() {
            return name("model", "the id of a model or of an inference profile");
        }
        if self.region.is_empty() || !self.region.chars().all(fits) {
            return name("region", "such as eu-central-1; or set AWS_REGION");
        }
        match (&self.bearer_token, &self.access_key_id, &self.secret_access_key) {
            (Some(_), ..) | (_, Some(_), Some(_)) => Ok(()),
            (None, Some(_), None) => name("secret_access_key", "a key has an id and a secret"),
            _ => name(
                "access_key_id",
                "set AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
            ),
        }
    }

    fn keys(&self) -> Option<Keys> {
        let (id, secret) = (self.access_key_id.clone()?, self.secret_access_key.clone()?);
        Some(Keys { id, secret, session: self.session_token.clone() })
    }
}

/// Whoever asks Bedrock.
#[derive(Debug)]
pub(crate) struct Caller {
    region: String,
    bearer_token: Option<Secret>,
    keys: Option<Keys>,
    http: Http,
}

impl Caller {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`.
    pub(crate) fn new(access: &Access, http: Http) -> Result<Self> {
        access.check()?;
        let (region, bearer_token) = (access.region.clone(), access.bearer_token.clone());
        Ok(Self { region, bearer_token, keys: access.keys(), http })
    }

    /// Adds what proves who asks. A bearer token comes before keys.
    pub(crate) fn authorized(&self, request: Request) -> Result<Request> {
        match (&self.bearer_token, &self.keys) {
            (Some(token), _) => Ok(request.header("authorization", format!("Bearer {}", token.expose()))),
            (None, Some(keys)) => signed("POST", request, keys, &self.region, SERVICE, self.http.clock().now()),
            (None, None) => Ok(request),
        }
    }
}
