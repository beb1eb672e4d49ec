"""The GraphQL queries and mutations for Dagster's web server."""

REPOSITORIES = """
query {
  repositoriesOrError {
    ... on RepositoryConnection { nodes { name location { name } jobs { name } sensors { name } } }
  }
}
"""

RUNS = """
query($filter: RunsFilter!) {
  runsOrError(filter: $filter, limit: 1) { ... on Runs { results { runId } } }
}
"""

LAUNCH = """
mutation($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on PythonError { message }
    ... on PipelineNotFoundError { message }
    ... on UnauthorizedError { message }
  }
}
"""

SENSOR_STATE = """
query($sensor: SensorSelector!) {
  sensorOrError(sensorSelector: $sensor) {
    ... on Sensor { sensorState { typeSpecificData { ... on SensorData { lastCursor } } } }
  }
}
"""

DRY_RUN = """
mutation($sensor: SensorSelector!, $cursor: String) {
  sensorDryRun(selectorData: $sensor, cursor: $cursor) {
    __typename
    ... on DryRunInstigationTick {
      evaluationResult {
        cursor
        skipReason
        error { message }
        runRequests { tags { key value } }
        dynamicPartitionsRequests { partitionsDefName partitionKeys }
      }
    }
  }
}
"""

ADD_PARTITION = """
mutation($repository: RepositorySelector!, $name: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $name, partitionKey: $key) { __typename }
}
"""

SET_CURSOR = """
mutation($sensor: SensorSelector!, $cursor: String) {
  setSensorCursor(sensorSelector: $sensor, cursor: $cursor) { __typename }
}
"""
