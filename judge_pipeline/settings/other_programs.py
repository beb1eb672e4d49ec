"""Variables of other programs that look like settings of this package and are left alone, with their sources."""

import re

_AZURE_PIPELINES = (
    "ACCEPTTEEEULA|ALLOWALLENDPOINTS|ALLOWALLSECUREFILES|BUILDDIRECTORY|CAINFO|CLIENTCERT(ARCHIVE|KEY|PASSWORD)?|"
    "CONTAINER(ID|MAPPING|NETWORK)|DEPLOYMENTGROUPID|DIAGNOSTIC|DISABLELOGPLUGIN_.+|GITUSESCHANNEL|HOMEDIRECTORY|ID|"
    "ISSELFHOSTED|JOBNAME|JOBSTATUS|MACHINENAME|NAME|OS|OSARCHITECTURE|OSVERSION|PROXY(BYPASSLIST|PASSWORD|URL|USERNAME)|"
    "READONLYVARIABLES|RELEASEDIRECTORY|RETAINDEFAULTENCODING|ROOTDIRECTORY|RUNMODE|SERVEROMDIRECTORY|SERVICES_.+|"
    "SKIPCERTVALIDATION|TASKRESTRICTIONSENFORCEMENTMODE|TEMPDIRECTORY|TOOLSDIRECTORY|VERSION|WORKFOLDER|WORKINGDIRECTORY"
)

OTHER_PROGRAMS = {
    f"AGENT_({_AZURE_PIPELINES})": "Azure Pipelines' predefined variables; GitHub's runners set "
    "AGENT_TOOLSDIRECTORY (microsoft/azure-pipelines-agent, Constants.cs)",
    r"AGENT_(WORKDIR|ROOT)": "Jenkins' agent image (jenkinsci/docker-agent)",
    r"ENCORD_ACTIVE_.+": "Encord Active (encord-team/encord-active)",
    r"ENCORD_LIVE_PROJECT_HASH": "the project of this package's own `pytest -m live`",
    r"LLM_[A-Z].*": "OpenHands (LLM_MODEL, LLM_API_KEY, LLM_BASE_URL) and the command `llm` (LLM_USER_PATH)",
    r"OPENAI_API_KEY(S|_?\d+)": "Open WebUI (OPENAI_API_KEYS), and programs that take turns with several keys",
    r"SLACK_WEBHOOK(_TYPE)?": "GitHub actions (rtCamp/action-slack-notify, slackapi/slack-github-action)",
    r".+_SERVICE_(HOST|PORT(_.+)?)": "Kubernetes, for a service called agent or judge-pipeline",
    r".+_PORT_\d+_(TCP|UDP|SCTP)(_.+)?": "Kubernetes and Docker links, the same",
}
"""Whole names, as regular expressions, and whose they are. The SDK and encord-agents read only names that this package reads too."""

_LEFT_ALONE = re.compile("|".join(OTHER_PROGRAMS))
_LINK = re.compile(r"(tcp|udp|sctp)://")


def is_foreign_value(name: str, value: str) -> bool:
    """Whether AGENT is the name of a coding agent that runs this shell (agents.md, issue 136), and not our group, as JSON."""
    return name.upper() == "AGENT" and not value.lstrip().startswith("{")


def is_of_another_program(name: str, value: str) -> bool:
    """Whether a variable that is not a setting is known to belong to another program."""
    name = name.upper()
    return bool(_LEFT_ALONE.fullmatch(name)) or (name.endswith("_PORT") and bool(_LINK.match(value)))
