//! Which providers a corpus may be shown to: none that lies outside of the operator's machines, until somebody allows it on record.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Corpus, hold::given};
use crate::{Error, ErrorKind, Result, provider::ChatModel, record::Action, store::Blobs};

/// That text of the corpus may be sent to a provider, in `external.json`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExternalGrant {
    /// The provider, by [`ChatModel::provider`]: `azure.ai.openai`, `aws.bedrock`, `anthropic`, `openai_compatible`.
    pub provider: String,
    /// The entry that announced it: whose actor allows it, and which commits to the reason.
    pub id: Uuid,
    /// Since when.
    pub since: Timestamp,
    /// Whether text goes there as it is; without it personal data is taken out before.
    #[serde(default)]
    pub unredacted: bool,
}

const GRANTS: &str = "external.json";

impl Corpus {
    /// Allows text of the corpus to be sent to a provider outside of the operator's machines: without personal data, as far as it is found
    /// ([`crate::redact`]), unless it may go `unredacted`. Given again it replaces what was said before.
    ///
    /// # Errors
    /// `reason.empty`, `external.provider` when it has no name, `external.allowed` when it is allowed already just so.
    pub async fn allow_external(&self, provider: &str, unredacted: bool, reason: &str) -> Result<ExternalGrant> {
        let provider = named(provider)?;
        self.change_grants("external.allow", &provider, reason, |grants, id, since| {
            if grants.iter().any(|grant| grant.provider == provider && grant.unredacted == unredacted) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "external.allowed",
                    "the corpus may be shown to this provider already",
                )
                .with("provider", provider.clone()));
            }
            grants.retain(|grant| grant.provider != provider);
            let grant = ExternalGrant { provider: provider.clone(), id, since, unredacted };
            grants.push(grant.clone());
            Ok(grant)
        })
        .await
    }

    /// Takes the permission back; what was sent was sent. Returns the permission that was.
    ///
    /// # Errors
    /// `reason.empty`, `external.not_allowed` when it was not allowed.
    pub async fn forbid_external(&self, provider: &str, reason: &str) -> Result<ExternalGrant> {
        let provider = named(provider)?;
        self.change_grants("external.forbid", &provider, reason, |grants, _, _| {
            let place = grants.iter().position(|grant| grant.provider == provider).ok_or_else(|| not_allowed(&provider))?;
            Ok(grants.remove(place))
        })
        .await
    }

    /// The providers that the corpus may be shown to.
    pub async fn external(&self) -> Result<Vec<ExternalGrant>> {
        let Some((bytes, _)) = self.0.blobs.get(GRANTS).await? else { return Ok(Vec::new()) };
        serde_json::from_slice(&bytes).map_err(|error| damaged().with_source(error))
    }

    /// Whether text of the corpus may be sent to a model, and to each that it falls back to.
    pub(super) async fn check_external(&self, model: &dyn ChatModel) -> Result<()> {
        self.goes_outside(model).await.map(drop)
    }

    /// Whether text that goes to a model leaves the operator's machines: then `Some`, and whether it may do so as it is.
    ///
    /// # Errors
    /// `external.not_allowed`.
    pub(super) async fn goes_outside(&self, model: &dyn ChatModel) -> Result<Option<bool>> {
        let outside: Vec<_> = model.destinations().into_iter().filter(|destination| destination.is_external).collect();
        if outside.is_empty() {
            return Ok(None);
        }
        let grants = self.external().await?;
        let mut unredacted = true;
        for destination in outside {
            let grant = grants.iter().find(|grant| grant.provider == destination.provider);
            unredacted &= grant.ok_or_else(|| not_allowed(&destination.provider))?.unredacted;
        }
        Ok(Some(unredacted))
    }

    /// Whether text of the corpus may be embedded: by a model outside alone where its provider may be sent it as it is, since what is embedded
    /// is what is searched.
    ///
    /// # Errors
    /// `external.not_allowed`.
    pub(super) async fn check_embedding(&self) -> Result<()> {
        let model = self.engine().model();
        if !model.is_external() {
            return Ok(());
        }
        let provider = model.provider().unwrap_or_default();
        let grants = self.external().await?;
        if grants.iter().any(|grant| grant.provider == provider && grant.unredacted) {
            return Ok(());
        }
        Err(not_allowed(provider).with("model", model.name()).with_hint(
            "embeddings are made of all text as it is; somebody who may decide it allows that: `Corpus::allow_external`, unredacted",
        ))
    }

    async fn change_grants(
        &self,
        change: &'static str,
        provider: &str,
        reason: &str,
        apply: impl FnOnce(&mut Vec<ExternalGrant>, Uuid, Timestamp) -> Result<ExternalGrant>,
    ) -> Result<ExternalGrant> {
        self.check_caller()?;
        self.check_sees_all()?;
        let reason = given(reason)?;
        let _lock = self.lock_holds("external").await?;
        let stored = self.0.blobs.get(GRANTS).await?;
        let mut grants = self.external().await?;
        let intent =
            self.intent(Action::AdminChange).version("change", change).version("provider", provider).payload("reason", reason);
        let grant = apply(&mut grants, intent.id, self.engine().0.clock.now())?;
        let bytes = serde_json::to_vec_pretty(&grants).map_err(|error| damaged().with_source(error))?;
        let put = async {
            let put = match &stored {
                Some((_, etag)) => self.0.blobs.put_if_match(GRANTS, &bytes, etag).await?.is_some(),
                None => self.0.blobs.put_if_absent(GRANTS, &bytes).await?,
            };
            if put { Ok(()) } else { Err(damaged()) }
        };
        self.carry_out(intent, put, |outcome, ()| outcome.version("change", change).version("provider", provider)).await?;
        Ok(grant)
    }
}

fn named(provider: &str) -> Result<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if provider.is_empty() || provider.len() > 64 || !provider.chars().all(is_name) {
        return Err(Error::new(ErrorKind::InvalidInput, "external.provider", "this is no name of a provider")
            .with_hint("`anthropic`, `aws.bedrock`, `azure.ai.openai`, `openai_compatible`"));
    }
    Ok(provider.to_owned())
}

fn not_allowed(provider: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "external.not_allowed", "text of the corpus may not be sent to this provider")
        .with("provider", provider)
        .with_hint("somebody who may decide it allows it: `beleg external allow CORPUS PROVIDER --reason TEXT`")
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "external.damaged", "the list of providers of the corpus cannot be read or changed")
        .with("file", GRANTS)
        .with_hint("restore the file from a backup, or remove it: then nothing is sent to any provider")
}
