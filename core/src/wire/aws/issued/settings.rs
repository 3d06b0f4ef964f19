use std::path::PathBuf;

use serde::Deserialize;

use super::{container::Container, machine::Machine, sso::Sso, web_identity::WebIdentity};
use crate::{
    Result,
    http::{Address, Http},
    platform::Secret,
    wire::{
        Source,
        aws::{PROVIDER, domain, is_region, sign::Keys},
        missing,
    },
};

/// Who is asked for keys of AWS that are good for a while. They are renewed five minutes before their end, and asked for once at a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AwsCredentials {
    /// The machine, by the second version of its metadata service: EC2.
    Machine {
        /// Another address than the one that every machine of AWS has.
        #[serde(default)]
        endpoint: Option<String>,
    },
    /// The container: ECS, EKS Pod Identity, Greengrass.
    Container {
        /// Where keys are had. Without TLS it is an address of this machine or of AWS's own agents.
        uri: String,
        /// What proves who asks.
        #[serde(default)]
        token: Option<Secret>,
        /// A file with it, which is read anew each time.
        #[serde(default)]
        token_file: Option<PathBuf>,
    },
    /// A role, by a token of somebody else's whom AWS trusts: a Kubernetes cluster, a pipeline.
    WebIdentity {
        /// The role.
        role_arn: String,
        /// A file with the token, which is read anew each time.
        token_file: PathBuf,
        /// What CloudTrail calls the session; `beleg` without it.
        #[serde(default)]
        session_name: Option<String>,
        /// Another address than that of the region's own STS.
        #[serde(default)]
        endpoint: Option<String>,
    },
    /// A role of a user who signed in by `aws sso login`.
    Sso {
        /// The region of SSO, which need not be that of the model.
        region: String,
        /// The account of the role.
        account_id: String,
        /// The role.
        role_name: String,
        /// The file in which `aws sso login` leaves its token: `~/.aws/sso/cache/….json`.
        token_file: PathBuf,
        /// Another address than that of the region's own portal.
        #[serde(default)]
        endpoint: Option<String>,
    },
}

impl AwsCredentials {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// `http.address`, `provider.settings`.
    pub(in crate::wire::aws) fn issuer(&self, region: &str, http: Http) -> Result<Box<dyn Source<Keys>>> {
        Ok(match self.clone() {
            Self::Machine { endpoint } => Box::new(Machine::new(endpoint.as_deref(), http)?),
            Self::Container { uri, token, token_file } => Box::new(Container::new(&uri, token, token_file, http)?),
            Self::WebIdentity { role_arn, token_file, session_name, endpoint } => {
                let usual = format!("https://sts.{region}.{}", domain(region));
                let address = Address::parse(endpoint.as_deref().unwrap_or(&usual))?;
                Box::new(WebIdentity { address, role_arn, token_file, session_name, http })
            }
            Self::Sso { region, account_id, role_name, token_file, endpoint } => {
                if !is_region(&region) {
                    return Err(missing(PROVIDER, "sso_region", "such as eu-central-1: the region in which SSO is set up"));
                }
                let usual = format!("https://portal.sso.{region}.{}", domain(&region));
                let address = Address::parse(endpoint.as_deref().unwrap_or(&usual))?.below(&["federation", "credentials"]);
                let address = address.with_query(&[("role_name", &role_name), ("account_id", &account_id)]);
                Box::new(Sso { address, token_file, http })
            }
        })
    }
}
