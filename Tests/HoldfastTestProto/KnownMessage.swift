package import HoldfastWire

/// A message type of ours without its type: what fuzzing and comparing by name need.
package struct KnownMessage: Sendable {
    /// Full name: "holdfast.v1.EchoRequest".
    package let name: String

    /// Decodes and encodes again.
    package let recode: @Sendable ([UInt8]) -> Result<[UInt8], WireDecodingError>

    private init<Message: WireMessage>(_ type: Message.Type) {
        name = type.schema.fullName
        recode = { bytes in
            do throws(WireDecodingError) {
                return .success(try Message(decoding: bytes).encoded())
            } catch {
                return .failure(error)
            }
        }
    }

    /// Every top-level message of the contract and of the test schema. The differential test
    /// compares this list with the descriptors.
    package static let all: [KnownMessage] = [
        KnownMessage(GetServerInfoRequest.self), KnownMessage(GetServerInfoResponse.self),
        KnownMessage(ListLimitsRequest.self), KnownMessage(ListLimitsResponse.self),
        KnownMessage(Limit.self), KnownMessage(ListConnectionsRequest.self),
        KnownMessage(ListConnectionsResponse.self), KnownMessage(ConnectionInfo.self),
        KnownMessage(ListStreamsRequest.self), KnownMessage(ListStreamsResponse.self),
        KnownMessage(StreamInfo.self), KnownMessage(DrainRequest.self),
        KnownMessage(DrainResponse.self), KnownMessage(ReloadRequest.self),
        KnownMessage(ReloadResponse.self), KnownMessage(SetLogLevelRequest.self),
        KnownMessage(SetLogLevelResponse.self), KnownMessage(EchoRequest.self),
        KnownMessage(EchoResponse.self), KnownMessage(EchoStreamRequest.self),
        KnownMessage(EchoStreamResponse.self), KnownMessage(ErrorInfo.self),
        KnownMessage(ErrorInfoMetadata.self), KnownMessage(BadRequest.self),
        KnownMessage(FieldViolation.self), KnownMessage(Hello.self), KnownMessage(RequestHead.self),
        KnownMessage(Metadata.self), KnownMessage(Detail.self), KnownMessage(ResponseHead.self),
        KnownMessage(CancelHead.self), KnownMessage(GoAway.self),
        KnownMessage(HealthServiceCheckRequest.self), KnownMessage(HealthServiceCheckResponse.self),
        KnownMessage(HealthServiceWatchRequest.self), KnownMessage(HealthServiceWatchResponse.self),
        KnownMessage(AcquireRequest.self), KnownMessage(AcquireResponse.self),
        KnownMessage(AdvanceClockRequest.self), KnownMessage(AdvanceClockResponse.self),
        KnownMessage(CampaignRequest.self), KnownMessage(CampaignResponse.self),
        KnownMessage(ChangeModeRequest.self), KnownMessage(ChangeModeResponse.self),
        KnownMessage(CloseSessionRequest.self), KnownMessage(CloseSessionResponse.self),
        KnownMessage(ForceReleaseRequest.self), KnownMessage(ForceReleaseResponse.self),
        KnownMessage(FormClusterRequest.self), KnownMessage(FormClusterResponse.self),
        KnownMessage(GetLockRequest.self), KnownMessage(GetLockResponse.self),
        KnownMessage(GrantsLost.self), KnownMessage(KeepAliveRequest.self),
        KnownMessage(KeepAliveResponse.self), KnownMessage(Lead.self),
        KnownMessage(LeaderRequest.self), KnownMessage(LeaderResponse.self),
        KnownMessage(Leadership.self), KnownMessage(ListGrantsRequest.self),
        KnownMessage(ListGrantsResponse.self), KnownMessage(ListLocksRequest.self),
        KnownMessage(ListLocksResponse.self), KnownMessage(ListNodesRequest.self),
        KnownMessage(ListNodesResponse.self), KnownMessage(LockChanged.self),
        KnownMessage(LockHeld.self), KnownMessage(LockHolder.self), KnownMessage(LockInfo.self),
        KnownMessage(LockNotHeld.self), KnownMessage(LockOnNode.self),
        KnownMessage(LockWaiter.self), KnownMessage(NodeInfo.self),
        KnownMessage(NotElected.self), KnownMessage(ObserveRequest.self),
        KnownMessage(ObserveResponse.self), KnownMessage(OpenSessionRequest.self),
        KnownMessage(OpenSessionResponse.self), KnownMessage(ProclaimRequest.self),
        KnownMessage(ProclaimResponse.self), KnownMessage(QueueRequest.self),
        KnownMessage(QueueResponse.self), KnownMessage(ReleaseRequest.self),
        KnownMessage(ReleaseResponse.self), KnownMessage(RenewLeadRequest.self),
        KnownMessage(RenewLeadResponse.self), KnownMessage(RenewRequest.self),
        KnownMessage(RenewResponse.self), KnownMessage(ResignRequest.self),
        KnownMessage(ResignResponse.self), KnownMessage(SessionEnded.self),
        KnownMessage(SessionEventsRequest.self), KnownMessage(SessionEventsResponse.self),
        KnownMessage(SessionGrantInfo.self), KnownMessage(TryAcquireRequest.self),
        KnownMessage(TryAcquireResponse.self), KnownMessage(WatchRequest.self),
        KnownMessage(WatchResponse.self), KnownMessage(WatchSynced.self),
        KnownMessage(WatchedHolder.self),
        KnownMessage(KeyEntry.self), KnownMessage(KeyCondition.self),
        KnownMessage(KeyMismatch.self), KnownMessage(GetKeyRequest.self),
        KnownMessage(GetKeyResponse.self), KnownMessage(PutKeyRequest.self),
        KnownMessage(PutKeyResponse.self), KnownMessage(DeleteKeyRequest.self),
        KnownMessage(DeleteKeyResponse.self), KnownMessage(ListKeysRequest.self),
        KnownMessage(ListKeysResponse.self), KnownMessage(BatchKeysRequest.self),
        KnownMessage(KeyStep.self), KnownMessage(BatchKeysResponse.self),
        KnownMessage(KeyGuard.self), KnownMessage(WatchKeysRequest.self),
        KnownMessage(WatchKeysResponse.self), KnownMessage(KeyWatchSynced.self),
        KnownMessage(GetStatisticsRequest.self), KnownMessage(GetStatisticsResponse.self),
        KnownMessage(RequestCount.self), KnownMessage(KeyStatistics.self),
        KnownMessage(KeyStepResult.self),
        KnownMessage(Everything.self), KnownMessage(Leaf.self), KnownMessage(Awkward.self),
        KnownMessage(Depth1.self), KnownMessage(Depth2.self), KnownMessage(Depth3.self),
        KnownMessage(Depth4.self), KnownMessage(Depth5.self), KnownMessage(Depth6.self),
        KnownMessage(Depth7.self), KnownMessage(Depth8.self), KnownMessage(Depth9.self),
        KnownMessage(Depth10.self), KnownMessage(Depth11.self), KnownMessage(Depth12.self),
        KnownMessage(Depth13.self), KnownMessage(Depth14.self), KnownMessage(Depth15.self),
        KnownMessage(Depth16.self), KnownMessage(Depth17.self), KnownMessage(Sparse.self),
    ]
}
