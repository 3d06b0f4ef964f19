#[cfg(feature = "aws-metadata")]
use super::issued::{AwsCredentials, Chosen, chosen};
use super::{
    PROVIDER, domain,
    errors::explained,
    is_region,
    profile::{Profile, profile},
    sign::{Keys, signed},
};
#[cfg(feature = "aws-metadata")]
use crate::wire::{Failure, Renewed};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    platform::{Secret, Variables, secret_by},
    wire::missing,
};

/// The name by which Bedrock is signed for, which is not that of its host.
const SERVICE: &str = "bedrock";

/// What to do about a profile without keys of its own, where nobody is asked for them.
#[cfg(not(feature = "aws-metadata"))]
const EXPORT: &str =
    "roles and SSO are not followed: `eval \"$(aws configure export-credentials --format env)\"` gives keys for a while";

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
    #[cfg(feature = "aws-metadata")]
    pub(crate) credentials: Option<AwsCredentials>,
}

impl Access {
    /// The same, with what is left open taken from the environment and the shared files of AWS; its variables stand at the settings of
    /// each model.
    pub(crate) fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        if self.bearer_token.is_none() {
            self.bearer_token = secret_by("AWS_BEARER_TOKEN_BEDROCK", variables)?;
        }
        if self.access_key_id.is_none() && self.profile.is_none() && !self.has_issued() {
            self.access_key_id = secret_by("AWS_ACCESS_KEY_ID", variables)?;
            self.secret_access_key = secret_by("AWS_SECRET_ACCESS_KEY", variables)?;
            self.session_token = secret_by("AWS_SESSION_TOKEN", variables)?;
        }
        let profile = profile(self.profile.as_deref(), variables)?;
        if self.region.is_empty() {
            let region = variables("AWS_REGION").or_else(|| variables("AWS_DEFAULT_REGION"));
            self.region = region.or_else(|| profile.value("region").map(str::to_owned)).unwrap_or_default();
        }
        if self.access_key_id.is_none() && self.bearer_token.is_none() && !self.has_issued() {
            self.take_from(&profile, variables)?;
        }
        self.endpoint = self.endpoint.or_else(|| variables("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"));
        Ok(self)
    }

    #[cfg(not(feature = "aws-metadata"))]
    fn has_issued(&self) -> bool {
        false
    }

    #[cfg(not(feature = "aws-metadata"))]
    fn take_from(&mut self, profile: &Profile, _: Variables<'_>) -> Result<()> {
        match profile.keys() {
            Some(keys) => self.take(keys),
            None if profile.is_named => return Err(profile.refused("no_keys", EXPORT)),
            None => {}
        }
        Ok(())
    }

    #[cfg(feature = "aws-metadata")]
    fn has_issued(&self) -> bool {
        self.credentials.is_some()
    }

    #[cfg(feature = "aws-metadata")]
    fn take_from(&mut self, profile: &Profile, variables: Variables<'_>) -> Result<()> {
        let may_ask_environment = self.profile.is_none();
        match chosen(profile, may_ask_environment, variables)? {
            Some(Chosen::Keys(keys)) => self.take(keys),
            Some(Chosen::Issued(credentials)) => self.credentials = Some(credentials),
            None => {}
        }
        Ok(())
    }

    fn take(&mut self, keys: Keys) {
        (self.access_key_id, self.secret_access_key, self.session_token) = (Some(keys.id), Some(keys.secret), keys.session);
    }

    /// Where an operation of the model is. An ARN stays one segment: its colons and slashes are encoded.
    pub(crate) fn address(&self, operation: &str) -> Result<Address> {
        let usual = format!("https://bedrock-runtime.{}.{}", self.region, domain(&self.region));
        Ok(Address::parse(self.endpoint.as_deref().unwrap_or(&usual))?.below(&["model", &self.model, operation]))
    }

    fn check(&self) -> Result<()> {
        let name = |setting, hint| Err(missing(PROVIDER, setting, hint));
        if self.model.is_empty() {
            return name("model", "the id of a model or of an inference profile");
        }
        if !is_region(&self.region) {
            return name("region", "such as eu-central-1; or set AWS_REGION");
        }
        if self.has_issued() {
            return Ok(());
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
    proof: Proof,
    http: Http,
}

/// What proves who asks.
#[derive(Debug)]
enum Proof {
    Bearer(Secret),
    Keys(Keys),
    #[cfg(feature = "aws-metadata")]
    Issued(Renewed<Keys>),
    None,
}

impl Caller {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`.
    pub(crate) fn new(access: &Access, http: Http) -> Result<Self> {
        access.check()?;
        let proof = match (&access.bearer_token, access.keys()) {
            (Some(token), _) => Proof::Bearer(token.clone()),
            (None, Some(keys)) => Proof::Keys(keys),
            #[cfg(feature = "aws-metadata")]
            (None, None) => match &access.credentials {
                Some(credentials) => {
                    let issuer = credentials.issuer(&access.region, http.clone())?;
                    Proof::Issued(Renewed::new(issuer, http.clock().clone()))
                }
                None => Proof::None,
            },
            #[cfg(not(feature = "aws-metadata"))]
            (None, None) => Proof::None,
        };
        Ok(Self { region: access.region.clone(), proof, http })
    }

    /// Adds what proves who asks. A bearer token comes before keys, and keys before those that are asked for.
    pub(crate) async fn authorized(&self, request: Request) -> Result<Request> {
        let sign = |request, keys: &Keys| signed("POST", request, keys, &self.region, SERVICE, self.http.clock().now());
        match &self.proof {
            Proof::Bearer(token) => Ok(request.header("authorization", format!("Bearer {}", token.expose()))),
            Proof::Keys(keys) => sign(request, keys),
            #[cfg(feature = "aws-metadata")]
            Proof::Issued(keys) => sign(request, &keys.get().await?),
            Proof::None => Ok(request),
        }
    }

    /// What to do about an error. Keys that were refused are not used again, when others can be had.
    pub(crate) async fn explained(&self, error: Error) -> Error {
        #[cfg(feature = "aws-metadata")]
        if let (Some(Failure::Unauthorized), Proof::Issued(keys)) = (Failure::of(&error), &self.proof) {
            keys.forget().await;
        }
        explained(error, &self.region)
    }
}
