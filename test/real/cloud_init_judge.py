"""What the real cloud-init makes of documents: one process for all of them, since its start is most of what it costs.

Reads a JSON list of {user, vendor, network} from standard input, and prints what it says and reads of each.
"""

import contextlib
import copy
import io
import json
import os
import sys
import tempfile
from argparse import Namespace

from cloudinit import safeyaml, util
from cloudinit.cmd.devel import net_convert
from cloudinit.config.schema import get_schema, validate_cloudconfig_file

kinds = {
    "eni": ("debian", "etc/network/interfaces.d/50-cloud-init"),
    "netplan": ("ubuntu", "etc/netplan/50-cloud-init.yaml"),
}


load = safeyaml.load
documents = {}
complaints = {}


def load_once(text):
    """Reading is most of the work, and each text is asked for by all of them."""
    key = text.decode("utf-8") if isinstance(text, bytes) else text
    if key not in documents:
        documents[key] = load(key)
    return copy.deepcopy(documents[key])


safeyaml.load = load_once


def complaint(path, schema):
    """What `cloud-init schema` says against a file; what is deprecated counts, too."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            validate_cloudconfig_file(path, schema, annotate=False)
    except Exception as error:  # whatever it is, it is its answer
        return str(error)
    return said.getvalue().strip()


def converted(path, kind, folder):
    """What `cloud-init devel net-convert` writes."""
    distro, name = kinds[kind]
    target = os.path.join(folder, kind)
    with open(path, encoding="utf-8") as data, contextlib.redirect_stderr(io.StringIO()):
        args = Namespace(
            network_data=data,
            kind="yaml",
            directory=target,
            distro=distro,
            mac=None,
            debug=False,
            output_kind=kind,
        )
        net_convert.handle_args("net-convert", args)
    with open(os.path.join(target, name), encoding="utf-8") as file:
        return file.read()


def judge(case, schema):
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, text in case.items():
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "w", encoding="utf-8", newline="") as file:
                file.write(text)
        read = {name: safeyaml.load(text) for name, text in case.items()}
        for name in ("user", "vendor"):
            if case[name] not in complaints:
                complaints[case[name]] = complaint(paths[name], schema)
        return {
            "complaints": [complaints[case[name]] for name in ("user", "vendor")],
            "read": read,
            "effective": util.mergemanydict([read["user"], read["vendor"]]),
            "networks": {kind: converted(paths["network"], kind, folder) for kind in kinds},
        }


def main():
    schema = get_schema()
    json.dump([judge(case, schema) for case in json.load(sys.stdin)], sys.stdout)


main()
