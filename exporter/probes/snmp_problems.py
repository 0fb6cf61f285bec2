"""What can come of asking a device but values: each error of the protocol and of the library, in words for people."""

from __future__ import annotations

from exporter.observation import SnmpFailure
from exporter.probes.device import SnmpProblem

SILENT = SnmpProblem(SnmpFailure.TIMEOUT, "no answer: the device is silent, or doesn't know us")
LATE = SnmpProblem(SnmpFailure.TIMEOUT, "no answer in time: the device answered late, or another request")
UNREADABLE = SnmpProblem(SnmpFailure.MALFORMED, "the device answered with something that isn't SNMP")
OTHER_QUESTION = SnmpProblem(SnmpFailure.MALFORMED, "the answer doesn't fit the request")
WRONG_KEY = SnmpProblem(
    SnmpFailure.AUTHENTICATION, "the device refuses the user's authentication: its key or its protocol is another there"
)
LEVEL = SnmpProblem(SnmpFailure.AUTHENTICATION, "the device refuses the user's security level or protocol")
UNKNOWN_USER = SnmpProblem(SnmpFailure.UNKNOWN_USER, "the device doesn't know the user")
PRIVACY = SnmpProblem(SnmpFailure.PRIVACY, "the privacy key or protocol doesn't fit the device's")
UNDECRYPTED = SnmpProblem(
    SnmpFailure.PRIVACY,
    "the device answers, but not what is encrypted: check the privacy key, its protocol, the context",
)
FORBIDDEN = SnmpProblem(
    SnmpFailure.AUTHENTICATION,
    "the device doesn't let us read this: the access or the view of the user or community there leaves it out",
)
CONTEXT = SnmpProblem(SnmpFailure.NO_SUCH_OBJECT, "the device doesn't know the context")
ABSENT = SnmpProblem(SnmpFailure.NO_SUCH_OBJECT, "the device has no such object")
TOO_BIG = SnmpProblem(SnmpFailure.TOO_BIG, "the answer is too big for the device")
ENGINE = SnmpProblem(SnmpFailure.OTHER, "the device's SNMP engine and ours don't agree on identity or time")
REFUSED = SnmpProblem(SnmpFailure.OTHER, "the device refuses the request")
LIBRARY = SnmpProblem(SnmpFailure.OTHER, "the request could not be made")

_INDICATIONS_BY_PROBLEM = (
    (SILENT, "RequestTimedOut"),
    (UNREADABLE, "DeserializationError ParseError InvalidMsg"),
    (OTHER_QUESTION, "UnknownPDUHandler UnsupportedPDUtype EmptyResponse DataMismatch OidNotIncreasing"),
    (TOO_BIG, "TooBig"),
    (WRONG_KEY, "AuthenticationError AuthenticationFailure WrongDigest"),
    (LEVEL, "NoAuthentication UnsupportedAuthProtocol UnsupportedSecurityModel UnsupportedSecurityLevel"),
    (UNKNOWN_USER, "UnknownSecurityName UnknownUserName"),
    (PRIVACY, "NoEncryption EncryptionError DecryptionError UnsupportedPrivProtocol"),
    (FORBIDDEN, "UnknownCommunityName NoSuchView NoAccessEntry NoGroupName NotInView"),
    (CONTEXT, "NoSuchContext"),
    (ENGINE, "EngineIDMismatch UnknownEngineID LoopTerminated NotInTimeWindow"),
    (REFUSED, "ReportPduReceived"),
    (
        LIBRARY,
        "ErrorIndication SerializationError UnsupportedMsgProcessingModel NonReportable AccessAllowed OtherError",
    ),
)
INDICATIONS = {name: problem for problem, names in _INDICATIONS_BY_PROBLEM for name in names.split()}
"""What each error indication of pysnmp means, by its class's name; a test fails when it grows one that isn't here."""

STATUSES = {
    1: TOO_BIG,
    2: ABSENT,  # noSuchName, version 1
    **dict.fromkeys((3, 4, 5), REFUSED),  # badValue, readOnly, genErr
    6: FORBIDDEN,  # noAccess
    **dict.fromkeys((7, 8, 9, 10, 11, 12, 13, 14, 15), REFUSED),  # wrongType to undoFailed: answers to SET
    16: FORBIDDEN,  # authorizationError
    **dict.fromkeys((17, 18), REFUSED),  # notWritable, inconsistentName
}
"""Every error-status of a response (RFC 3416) but noError; the same test watches it."""
