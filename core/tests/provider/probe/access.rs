use beleg::{
    provider::ProbeReport,
    testing::providers::{FakeProvider, Received, Reply, anthropic, azure, bedrock, openai},
};
use serde_json::json;

use super::{means, probed_by, refused, says};
use crate::support::{http, server, turn};

#[tokio::test]
async fn a_key_that_is_not_accepted_is_quoted_in_the_providers_words_and_is_not_shown() {
    let message = "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.";
    says(
        refused("openai_compatible", openai::error(401, "invalid_request_error", Some("invalid_api_key"), message)).await.0,
        &format!("the key or token is not accepted (401 invalid_api_key). Check it, and what it may do. It says: \"{message}\""),
        &format!(
            "Schlüssel oder Token wird nicht angenommen (401 invalid_api_key). Ihn prüfen, und seine Rechte. Die Gegenseite sagt: \"{message}\""
        ),
    );
    says(
        refused("anthropic", anthropic::error(401, "authentication_error", "invalid x-api-key")).await.0,
        "the key or token is not accepted (401 authentication_error). Check it, and what it may do. It says: \"invalid x-api-key\"",
        "Schlüssel oder Token wird nicht angenommen (401 authentication_error). Ihn prüfen, und seine Rechte. Die Gegenseite sagt: \"invalid x-api-key\"",
    );
}

#[tokio::test]
async fn a_clock_of_ours_that_is_off_is_told_from_a_wrong_secret_with_how_far_it_is_off() {
    // The clock of the tests stands at 12:00.
    let expired = "Signature expired: 20261126T120000Z is now earlier than 20261126T120900Z (20261126T121400Z - 5 min.)";
    let early = "Signature not yet current: 20261126T120000Z is still later than 20261126T113800Z (20261126T113300Z + 5 min.)";
    let skewed = |message: &str| bedrock::error(403, "InvalidSignatureException", message);
    for (reply, en, de) in [
        (
            skewed(expired).header("date", "Thu, 26 Nov 2026 12:14:00 GMT"),
            "the clock of this machine is 14 minutes behind, and a signature is good for five: set it (NTP).",
            "Die Uhr dieses Rechners geht 14 Minuten nach, und eine Signatur gilt fünf: stellen (NTP).",
        ),
        (
            skewed(early).header("date", "Thu, 26 Nov 2026 11:33:00 GMT"),
            "the clock of this machine is 27 minutes ahead, and a signature is good for five: set it (NTP).",
            "Die Uhr dieses Rechners geht 27 Minuten vor, und eine Signatur gilt fünf: stellen (NTP).",
        ),
        (
            bedrock::error(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ),
            "the clock of this machine and that of AWS differ by more than five minutes, which no signature outlasts: set it (NTP).",
            "Die Uhr dieses Rechners und die von AWS liegen über fünf Minuten auseinander, was keine Signatur übersteht: stellen (NTP).",
        ),
        (
            skewed(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key.",
            ),
            "the secret does not belong to the key: check AWS_SECRET_ACCESS_KEY, to its last sign.",
            "Das Geheimnis gehört nicht zum Schlüssel: AWS_SECRET_ACCESS_KEY prüfen, bis zum letzten Zeichen.",
        ),
        (
            bedrock::error(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
            "AWS does not know the key: it was deleted, or it is temporary and AWS_SESSION_TOKEN is missing.",
            "AWS kennt den Schlüssel nicht: gelöscht, oder er gilt nur eine Zeit und AWS_SESSION_TOKEN fehlt.",
        ),
        (
            bedrock::error(403, "ExpiredTokenException", "The security token included in the request is expired"),
            "the keys have expired: get new ones (`aws sso login`, `aws configure export-credentials`).",
            "Die Schlüssel sind abgelaufen: neue holen (`aws sso login`, `aws configure export-credentials`).",
        ),
    ] {
        says(refused("bedrock", reply).await.0, en, de);
    }
}

#[tokio::test]
async fn a_model_of_bedrock_that_is_not_open_is_told_from_a_policy_and_from_one_that_wants_a_profile() {
    let name = bedrock::MODEL;
    let denied = |message: &str| bedrock::error(403, "AccessDeniedException", message);
    says(
        refused("bedrock", denied("You don't have access to the model with the specified model ID.")).await.0,
        &format!(
            "the account has no access to `{name}` in this region: open it once in Bedrock's model catalog; for Anthropic's models the use case form comes first."
        ),
        &format!(
            "Das Konto hat in dieser Region keinen Zugang zu `{name}`: einmal im Modellkatalog von Bedrock öffnen; für Modelle von Anthropic vorher das Formular zum Verwendungszweck."
        ),
    );
    let marketplace = "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.";
    says(
        refused("bedrock", denied(marketplace)).await.0,
        &format!(
            "`{name}` is not subscribed yet: someone with aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions calls it once, then it is there for the account."
        ),
        &format!(
            "`{name}` ist noch nicht abonniert: Jemand mit aws-marketplace:Subscribe und aws-marketplace:ViewSubscriptions ruft es einmal auf, danach hat es das ganze Konto."
        ),
    );
    let form = "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.";
    says(
        refused("bedrock", bedrock::error(404, "ResourceNotFoundException", form)).await.0,
        "Anthropic wants the use case form first, once for the account: Bedrock's model catalog shows it with one of its models.",
        "Anthropic will zuerst das Formular zum Verwendungszweck, einmal je Konto: Der Modellkatalog von Bedrock zeigt es bei einem seiner Modelle.",
    );
    let policy = "User: arn:aws:sts::123456789012:assumed-role/beleg/i-1 is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude because no identity-based policy allows it";
    says(
        refused("bedrock", denied(policy)).await.0,
        &format!(
            "the IAM policy does not allow the call: it needs bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on the profile and on the model in each of its regions. It says: \"{policy}\""
        ),
        &format!(
            "Die IAM-Richtlinie erlaubt den Aufruf nicht: nötig sind bedrock:InvokeModel und bedrock:InvokeModelWithResponseStream für das Profil und für das Modell in jeder seiner Regionen. Die Gegenseite sagt: \"{policy}\""
        ),
    );
    // AWS writes the apostrophe both ways.
    for apostrophe in ["'", "\u{2019}"] {
        let message = format!(
            "Invocation of model ID anthropic.claude-sonnet-5 with on-demand throughput isn{apostrophe}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
        );
        let fake = server("bedrock", &turn());
        fake.queue(bedrock::error(400, "ValidationException", &message));
        let report = probed_by("bedrock", &fake.url(), http(json!({})), json!({"model": "anthropic.claude-sonnet-5"})).await;
        says(
            report,
            "`anthropic.claude-sonnet-5` is reached by an inference profile alone; set its id as `model`: eu.anthropic.claude-sonnet-5, global.anthropic.claude-sonnet-5. `aws bedrock list-inference-profiles` lists them.",
            "`anthropic.claude-sonnet-5` ist nur über ein Inferenzprofil zu erreichen; dessen ID als `model` setzen: eu.anthropic.claude-sonnet-5, global.anthropic.claude-sonnet-5. `aws bedrock list-inference-profiles` nennt sie.",
        );
    }
    let invalid = bedrock::error(400, "ValidationException", "The provided model identifier is invalid.");
    says(
        refused("bedrock", invalid).await.0,
        &format!(
            "Bedrock has no `{name}` in this region. `aws bedrock list-inference-profiles` lists what it has; an id has its version in it."
        ),
        &format!(
            "Bedrock hat in dieser Region kein `{name}`. `aws bedrock list-inference-profiles` nennt, was es gibt; zur ID gehört die Version."
        ),
    );
}

#[tokio::test]
async fn a_wrong_deployment_a_wrong_resource_and_a_wrong_version_of_azure_are_three_things() {
    let missing = "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.";
    let (report, host) = refused("azure_openai", azure::error(404, "DeploymentNotFound", missing)).await;
    says(
        report,
        &format!(
            "the resource {host} is there, and has no deployment `audit-chat`. It is the deployment's name that counts, not the model's; a new one takes five minutes."
        ),
        &format!(
            "Die Ressource {host} gibt es, aber kein Deployment `audit-chat`. Es zählt der Name des Deployments, nicht der des Modells; ein neues braucht fünf Minuten."
        ),
    );
    let (report, host) = refused("azure_openai", azure::error(404, "404", "Resource not found")).await;
    says(
        report,
        &format!(
            "{host} is there, and not this path: `endpoint` is https://NAME.openai.azure.com without more; with `api: classic` check `api_version`, without it try `api: classic`."
        ),
        &format!(
            "{host} gibt es, diesen Pfad nicht: `endpoint` ist https://NAME.openai.azure.com ohne mehr; mit `api: classic` die `api_version` prüfen, ohne `api: classic` versuchen."
        ),
    );
    let (report, host) = refused("azure_openai", azure::error(400, "BadRequest", "API version not supported")).await;
    says(
        report,
        &format!("{host} does not take this `api_version` for this model: leave `api: classic` out, or set a later one."),
        &format!(
            "{host} nimmt diese `api_version` für dieses Modell nicht an: `api: classic` weglassen, oder eine spätere setzen."
        ),
    );
    let fake = server("azure_openai", &turn());
    let report = probed_by("azure_openai", &fake.url(), http(json!({})), json!({"api_key": "of-another"})).await;
    says(
        report,
        &format!(
            "the key is none of the resource {}: it is another resource's, or was renewed. Both stand under \"Keys and Endpoint\".",
            fake.address()
        ),
        &format!(
            "Der Schlüssel ist keiner der Ressource {}: der einer anderen, oder er wurde erneuert. Beide stehen unter „Schlüssel und Endpunkt“.",
            fake.address()
        ),
    );
    let role = azure::error(401, "PermissionDenied", "Principal does not have access to API/Operation.");
    let (report, host) = refused("azure_openai", role).await;
    says(
        report,
        &format!(
            "the identity lacks the role \"Cognitive Services OpenAI User\" on the resource {host}. A new one takes some minutes."
        ),
        &format!(
            "Der Identität fehlt die Rolle „Cognitive Services OpenAI User“ an der Ressource {host}. Eine neue gilt erst nach einigen Minuten."
        ),
    );
    let closed = azure::error(403, "403", "Public access is disabled. Please configure private endpoint.");
    let (report, host) = refused("azure_openai", closed).await;
    says(
        report,
        &format!(
            "{host} is closed to the internet: the way is its private endpoint, and its name must lead there (privatelink.openai.azure.com)."
        ),
        &format!(
            "{host} ist aus dem Internet nicht erreichbar: Der Weg ist der private Endpunkt, und der Name muss dorthin führen (privatelink.openai.azure.com)."
        ),
    );
}

/// What Entra ID answers to the secret of an application.
async fn refused_by_entra(status: u16, word: &'static str, description: &'static str) -> ProbeReport {
    let entra = FakeProvider::start(move |_: &Received| {
        let body = json!({
            "error": word, "error_description": description, "timestamp": "2026-11-26 12:00:00Z",
            "trace_id": "6f6c4645-0202-4486-b625-fa957dfc4700", "correlation_id": "5fc87507-4086-4e77-b415-cee677eb232e",
        });
        Reply::json(status, &body)
    });
    let resource = server("azure_openai", &turn());
    let by = json!({
        "kind": "client_credentials", "tenant": "tenant-1", "client_id": "client-1", "client_secret": "geheim-1", "authority": entra.url(),
    });
    let report = probed_by("azure_openai", &resource.url(), http(json!({})), json!({"entra": by})).await;
    assert!(resource.received().is_empty(), "without a token nobody is asked");
    report
}

/// In Entra ID's words: microsoft-365-agents-toolkit#8621, vsts-release-aas#119, azure-sdk-for-python#8314, azure-cli#22145,
/// Analysis-Services#194. Of its numbers the page "Microsoft Entra authentication and authorization error codes" says what they mean.
#[tokio::test]
async fn a_wrong_secret_one_that_expired_a_wrong_application_and_a_wrong_tenant_are_told_apart() {
    for (status, word, description, detail, en, de) in [
        (
            401,
            "invalid_client",
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'client-1'.\r\nTrace ID: 6f6c4645-0202-4486-b625-fa957dfc4700\r\nCorrelation ID: 5fc87507-4086-4e77-b415-cee677eb232e\r\nTimestamp: 2026-11-26 12:00:00Z",
            "client_secret",
            "its value, not its id",
            "sein Wert, nicht seine ID",
        ),
        (
            401,
            "invalid_client",
            "AADSTS7000222: The provided client secret keys for app 'client-1' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.\r\nTrace ID: 8c95acf1-cc04-40a1-ad14-481862cf1801",
            "client_secret_expired",
            "has expired",
            "ist abgelaufen",
        ),
        (
            400,
            "unauthorized_client",
            "AADSTS700016: Application with identifier 'client-1' was not found in the directory 'tenant-1'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
            "client_id",
            "no such application",
            "Diese Anwendung gibt es",
        ),
        (
            400,
            "invalid_request",
            "AADSTS90002: Tenant 'tenant-1' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
            "tenant",
            "no such tenant",
            "Diesen Mandanten gibt es nicht",
        ),
        (
            400,
            "invalid_request",
            "AADSTS900023: Specified tenant identifier 'tenant-1' is neither a valid DNS name, nor a valid external domain.",
            "tenant",
            "no such tenant",
            "Diesen Mandanten gibt es nicht",
        ),
        // One that has no sentence of its own is quoted.
        (
            400,
            "invalid_grant",
            "AADSTS53003: Access has been blocked by Conditional Access policies.",
            "",
            "(400 invalid_grant)",
            "Die Gegenseite sagt: \"AADSTS53003",
        ),
    ] {
        means(refused_by_entra(status, word, description).await, detail, en, de);
    }
}

/// In Azure's words: azure-sql-db-chatbot#3, sample-app-aoai-chatGPT#1000, TabularEditor3#1557, and the page "Role-based access control
/// for Azure OpenAI".
#[tokio::test]
async fn a_firewall_a_resource_without_keys_and_a_missing_role_of_azure_are_told_apart() {
    for (reply, detail, en, de) in [
        (
            azure::error(403, "403", "Access denied due to Virtual Network/Firewall rules."),
            "firewall",
            "does not let this network through",
            "lässt dieses Netz nicht durch",
        ),
        (
            azure::error(403, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource."),
            "no_keys",
            "takes no keys: set `entra`",
            "nimmt keine Schlüssel: `entra` setzen",
        ),
        (
            azure::error(403, "403", "Public access is disabled. Please configure private endpoint."),
            "private",
            "private endpoint",
            "private Endpunkt",
        ),
        (
            azure::error(
                401,
                "PermissionDenied",
                "The principal `6f6c4645-0202-4486-b625-fa957dfc4700` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.",
            ),
            "role",
            "lacks the role",
            "fehlt die Rolle",
        ),
    ] {
        means(refused("azure_openai", reply).await.0, detail, en, de);
    }
}

/// In AWS's words: aws-control-tower-customizations#211, positron#10683; gsd-2#5425 and llmeter#35 for models that end.
#[tokio::test]
async fn what_an_organisation_denies_a_form_that_is_missing_and_a_model_that_ends_are_no_wrong_key() {
    let denied = |message: &str| bedrock::error(403, "AccessDeniedException", message);
    let user = "User: arn:aws:sts::123456789012:assumed-role/beleg/i-1 is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:eu-west-3::foundation-model/anthropic.claude";
    let legacy = "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock";
    let ended = "This model version has reached the end of its life. Please refer to the AWS documentation for more details.";
    let form = "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.";
    for (reply, detail, en, de) in [
        (denied(&format!("{user} with an explicit deny in a service control policy")), "denied", "(SCP;", "(SCP;"),
        (denied(&format!("{user} with an explicit deny in an identity-based policy")), "denied", "a policy denies", "verbietet"),
        (denied(legacy), "retired", "take its successor", "den Nachfolger nehmen"),
        (bedrock::error(404, "ResourceNotFoundException", legacy), "retired", "take its successor", "den Nachfolger nehmen"),
        (bedrock::error(404, "ResourceNotFoundException", ended), "retired", "take its successor", "den Nachfolger nehmen"),
        (denied(form), "use_case", "use case form", "Formular zum Verwendungszweck"),
        (
            bedrock::error(
                400,
                "ValidationException",
                "You have not filled out the required use-case form for this model. Complete the form at https://eu-central-1.console.aws.amazon.com/bedrock/ before requesting access.",
            ),
            "use_case",
            "use case form",
            "Formular zum Verwendungszweck",
        ),
    ] {
        means(refused("bedrock", reply).await.0, detail, en, de);
    }
}

#[tokio::test]
async fn a_key_with_a_line_break_in_it_is_told_from_a_request_that_is_not_taken() {
    for provider in ["openai_compatible", "azure_openai", "anthropic"] {
        let fake = server(provider, &turn());
        let report = probed_by(provider, &fake.url(), http(json!({})), json!({"api_key": "gehe\nim-1"})).await;
        means(report, "", "such as a line break", "etwa einen Zeilenumbruch");
        assert!(fake.received().is_empty());
    }
}
