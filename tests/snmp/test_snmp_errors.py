from __future__ import annotations

import importlib
import inspect
import pkgutil

import pysnmp
import pytest
from pysnmp.error import PySnmpError
from pysnmp.proto import errind, rfc1905

from exporter.model import AuthProtocol, PrivProtocol, SnmpVersion
from exporter.observation import SnmpFailure
from exporter.probes import snmp_problems
from exporter.probes.snmp import engine
from exporter.probes.snmp.values import outcome

INDICATIONS = {
    "RequestTimedOut": SnmpFailure.TIMEOUT,
    "DeserializationError": SnmpFailure.MALFORMED,
    "ParseError": SnmpFailure.MALFORMED,
    "InvalidMsg": SnmpFailure.MALFORMED,
    "UnknownPDUHandler": SnmpFailure.MALFORMED,
    "UnsupportedPDUtype": SnmpFailure.MALFORMED,
    "EmptyResponse": SnmpFailure.MALFORMED,
    "DataMismatch": SnmpFailure.MALFORMED,
    "OidNotIncreasing": SnmpFailure.MALFORMED,
    "TooBig": SnmpFailure.TOO_BIG,
    "AuthenticationError": SnmpFailure.AUTHENTICATION,
    "AuthenticationFailure": SnmpFailure.AUTHENTICATION,
    "WrongDigest": SnmpFailure.AUTHENTICATION,
    "NoAuthentication": SnmpFailure.AUTHENTICATION,
    "UnsupportedAuthProtocol": SnmpFailure.AUTHENTICATION,
    "UnsupportedSecurityModel": SnmpFailure.AUTHENTICATION,
    "UnsupportedSecurityLevel": SnmpFailure.AUTHENTICATION,
    "UnknownCommunityName": SnmpFailure.AUTHENTICATION,
    "NoSuchView": SnmpFailure.AUTHENTICATION,
    "NoAccessEntry": SnmpFailure.AUTHENTICATION,
    "NoGroupName": SnmpFailure.AUTHENTICATION,
    "NotInView": SnmpFailure.AUTHENTICATION,
    "UnknownSecurityName": SnmpFailure.UNKNOWN_USER,
    "UnknownUserName": SnmpFailure.UNKNOWN_USER,
    "NoEncryption": SnmpFailure.PRIVACY,
    "EncryptionError": SnmpFailure.PRIVACY,
    "DecryptionError": SnmpFailure.PRIVACY,
    "UnsupportedPrivProtocol": SnmpFailure.PRIVACY,
    "NoSuchContext": SnmpFailure.NO_SUCH_OBJECT,
    "EngineIDMismatch": SnmpFailure.OTHER,
    "UnknownEngineID": SnmpFailure.OTHER,
    "LoopTerminated": SnmpFailure.OTHER,
    "NotInTimeWindow": SnmpFailure.OTHER,
    "ReportPduReceived": SnmpFailure.OTHER,
    "ErrorIndication": SnmpFailure.OTHER,
    "SerializationError": SnmpFailure.OTHER,
    "UnsupportedMsgProcessingModel": SnmpFailure.OTHER,
    "NonReportable": SnmpFailure.OTHER,
    "AccessAllowed": SnmpFailure.OTHER,
    "OtherError": SnmpFailure.OTHER,
}
STATUSES = {
    "tooBig": SnmpFailure.TOO_BIG,
    "noSuchName": SnmpFailure.NO_SUCH_OBJECT,
    "badValue": SnmpFailure.OTHER,
    "readOnly": SnmpFailure.OTHER,
    "genErr": SnmpFailure.OTHER,
    "noAccess": SnmpFailure.AUTHENTICATION,
    "wrongType": SnmpFailure.OTHER,
    "wrongLength": SnmpFailure.OTHER,
    "wrongEncoding": SnmpFailure.OTHER,
    "wrongValue": SnmpFailure.OTHER,
    "noCreation": SnmpFailure.OTHER,
    "inconsistentValue": SnmpFailure.OTHER,
    "resourceUnavailable": SnmpFailure.OTHER,
    "commitFailed": SnmpFailure.OTHER,
    "undoFailed": SnmpFailure.OTHER,
    "authorizationError": SnmpFailure.AUTHENTICATION,
    "notWritable": SnmpFailure.OTHER,
    "inconsistentName": SnmpFailure.OTHER,
}
# Raised, not called back with: each becomes OTHER with its name, at the one `except` around the library.
RAISED = {
    "AuthorizationError",
    "BadValueError",
    "CacheExpiredError",
    "CarrierError",
    "CommitFailedError",
    "EndOfMibViewError",
    "GenError",
    "InconsistentNameError",
    "InconsistentValueError",
    "InternalError",
    "MessageProcessingError",
    "MibLoadError",
    "MibNotFoundError",
    "MibOperationError",
    "NoAccessError",
    "NoCreationError",
    "NoSuchInstanceError",
    "NoSuchNameError",
    "NoSuchObjectError",
    "NotWritableError",
    "ProtocolError",
    "PySnmpError",
    "ReadOnlyError",
    "RequestTimeout",
    "ResourceUnavailableError",
    "RowCreationWanted",
    "RowDestructionWanted",
    "SmiError",
    "SnmpV3Error",
    "StatusInformation",
    "TableRowManagement",
    "TooBigError",
    "UndoFailedError",
    "WrongEncodingError",
    "WrongLengthError",
    "WrongTypeError",
    "WrongValueError",
}


def test_every_error_indication_of_the_library_is_mapped() -> None:
    theirs = {name for name, kind in vars(errind).items() if inspect.isclass(kind)}
    assert theirs == set(INDICATIONS)
    assert {name: problem.reason for name, problem in snmp_problems.INDICATIONS.items()} == INDICATIONS


def test_every_error_status_is_mapped() -> None:
    names = {number: name for name, number in rfc1905.errorStatus.namedValues.items() if number}
    assert set(names.values()) == set(STATUSES)
    assert {names[number]: problem.reason for number, problem in snmp_problems.STATUSES.items()} == STATUSES


@pytest.mark.parametrize("indication", [errind.wrongDigest, errind.unknownUserName, errind.decryptionError])
def test_an_indication_of_the_library_comes_back_as_its_problem(indication: errind.ErrorIndication) -> None:
    assert outcome(indication, None) == snmp_problems.INDICATIONS[type(indication).__name__]


def test_an_indication_that_nobody_knows_is_other() -> None:
    class Novelty(errind.ErrorIndication):
        pass

    assert outcome(Novelty(), None).reason is SnmpFailure.OTHER


def test_values_of_no_known_shape_are_malformed() -> None:
    assert outcome(None, object()).reason is SnmpFailure.MALFORMED


def test_every_protocol_of_the_inventory_is_spoken() -> None:
    assert {*SnmpVersion} == set(engine.MODELS)
    assert {None, *AuthProtocol} == set(engine.AUTH_PROTOCOLS)
    assert {None, *PrivProtocol} == set(engine.PRIV_PROTOCOLS)
    assert len(set(engine.PRIV_PROTOCOLS.values())) == 5


def test_every_exception_of_the_library_is_known() -> None:
    for module in pkgutil.walk_packages(pysnmp.__path__, "pysnmp."):
        if not module.name.startswith(("pysnmp.smi.mibs", "pysnmp.hlapi.v1arch")):
            importlib.import_module(module.name)
    assert {kind.__name__ for kind in subclasses(PySnmpError)} == RAISED


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))
