"""Beam's worker pool on one address: `python pool.py HOST:PORT`.

Beam's own main listens on every interface, so a machine can hold only one pool per port; here each
task manager has a loopback address of its own, as it would have a machine of its own.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from apache_beam.portability.api import beam_fn_api_pb2_grpc
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer

if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor())
    pool = BeamFnExternalWorkerPoolServicer(use_process=True, data_buffer_time_limit_ms=-1)
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    server.add_insecure_port(sys.argv[1])
    server.start()
    server.wait_for_termination()
