"""A run every night, by Airflow, over input that grows: tasks of input that was read are kept.

The workers share the run folder: one that is lost is tried again, and another has its work
meanwhile. Airflow needs the program on its workers (pip install corpusmill)."""

from datetime import datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

PIPELINE = "/mnt/pipelines/nightly.yaml"
RUN = "s3://bucket/runs/nightly"
WORKERS = 20

with DAG(
    dag_id="corpusmill_nightly",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 10, "retry_delay": timedelta(minutes=1), "retry_exponential_backoff": True, "max_retry_delay": timedelta(minutes=30)},
) as dag:
    # What is wrong with pipeline or input is found before a worker is asked for.
    check = BashOperator(task_id="check", bash_command="corpusmill check %s --run %s --access" % (PIPELINE, RUN), retries=0)
    workers = [
        # exit code 75, stopped by a signal, is a failure here, and tried again
        BashOperator(task_id="worker_%d" % i, bash_command="corpusmill run %s --run %s --workers 4 --memory 13GiB" % (PIPELINE, RUN))
        for i in range(WORKERS)
    ]
    verify = BashOperator(task_id="verify", bash_command="corpusmill verify %s" % RUN)
    check >> workers >> verify
