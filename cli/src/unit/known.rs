//! The settings of systemd.unit(5), systemd.service(5) and systemd.socket(5) by name, from `systemd
//! --dump-configuration-items` of 252, 257 and 262. Anything else is a mistake.
#![forbid(unsafe_code)]

/// Whether a section has a setting; `None` for a section that service and socket units do not have.
pub fn has(section: &str, key: &str) -> Option<bool> {
    names(section).map(|lists| lists.into_iter().any(|list| list.split_ascii_whitespace().any(|name| name == key)))
}

/// The setting of that section that a misspelt one may mean.
pub fn meant(section: &str, key: &str) -> Option<&'static str> {
    let lists = names(section)?;
    let all = lists.into_iter().flat_map(str::split_ascii_whitespace);
    let near = all.map(|name| (strsim::osa_distance(&key.to_ascii_lowercase(), &name.to_ascii_lowercase()), name));
    near.filter(|(distance, _)| *distance <= 2).min().map(|(_, name)| name)
}

fn names(section: &str) -> Option<[&'static str; 2]> {
    match section {
        "Unit" => Some([UNIT, ""]),
        "Service" => Some([SERVICE, PROCESSES]),
        "Socket" => Some([SOCKET, PROCESSES]),
        _ => None,
    }
}

/// Of the section `[Unit]`.
const UNIT: &str = "
    After AllowIsolate AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure AssertCPUs
    AssertCapability AssertControlGroupController AssertCredential AssertDirectoryNotEmpty AssertEnvironment
    AssertFileIsExecutable AssertFileNotEmpty AssertFirstBoot AssertFraction AssertGroup AssertHost AssertIOPressure
    AssertKernelCommandLine AssertKernelModuleLoaded AssertKernelVersion AssertMachineTag AssertMemory
    AssertMemoryPressure AssertNeedsUpdate AssertOSRelease AssertPathExists AssertPathExistsGlob
    AssertPathIsDirectory AssertPathIsEncrypted AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsSocket
    AssertPathIsSymbolicLink AssertSecurity AssertUser AssertVersion AssertVirtualization Before BindTo BindsTo
    CollectMode ConditionACPower ConditionArchitecture ConditionCPUFeature ConditionCPUPressure ConditionCPUs
    ConditionCapability ConditionControlGroupController ConditionCredential ConditionDirectoryNotEmpty
    ConditionEnvironment ConditionFileIsExecutable ConditionFileNotEmpty ConditionFirmware ConditionFirstBoot
    ConditionFraction ConditionGroup ConditionHost ConditionIOPressure ConditionKernelCommandLine
    ConditionKernelModuleLoaded ConditionKernelVersion ConditionMachineTag ConditionMemory ConditionMemoryPressure
    ConditionNeedsUpdate ConditionOSRelease ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory
    ConditionPathIsEncrypted ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsSocket
    ConditionPathIsSymbolicLink ConditionSecurity ConditionUser ConditionVersion ConditionVirtualization Conflicts
    DefaultDependencies Description Documentation FailureAction FailureActionExitStatus IgnoreOnIsolate
    JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument JobTimeoutSec JoinsNamespaceOf OnFailure
    OnFailureIsolate OnFailureJobMode OnSuccess OnSuccessJobMode PartOf PropagateReloadFrom PropagateReloadTo
    PropagatesReloadTo PropagatesStopTo RebootArgument RefuseManualStart RefuseManualStop ReloadPropagatedFrom
    Requires RequiresMountsFor RequiresOverridable Requisite RequisiteOverridable SourcePath StartLimitAction
    StartLimitBurst StartLimitInterval StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded SuccessAction
    SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor
";

/// Of the section `[Service]` alone.
const SERVICE: &str = "
    BusName ExecCondition ExecReload ExecReloadPost ExecStart ExecStop ExitType FailureAction FileDescriptorStoreMax
    FileDescriptorStorePreserve GuessMainPID LUOSession NonBlocking NotifyAccess OOMPolicy OpenFile PIDFile
    PermissionsStartOnly RebootArgument RefreshOnReload ReloadSignal RemainAfterExit Restart RestartForceExitStatus
    RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartRandomizedDelaySec RestartSec RestartSteps
    RootDirectoryStartOnly RuntimeMaxSec RuntimeRandomizedExtraSec Sockets StartLimitAction StartLimitBurst
    StartLimitInterval SuccessExitStatus TimeoutAbortSec TimeoutStartFailureMode TimeoutStartSec
    TimeoutStopFailureMode TimeoutStopSec Type USBFunctionDescriptors USBFunctionStrings WatchdogSec
";

/// Of the section `[Socket]` alone.
const SOCKET: &str = "
    Accept AcceptFileDescriptors Backlog BindIPv6Only BindToDevice Broadcast DeferAcceptSec DeferTrigger
    DeferTriggerMaxSec DirectoryMode ExecStopPre FileDescriptorName FlushPending FreeBind IPTOS IPTTL KeepAlive
    KeepAliveIntervalSec KeepAliveProbes KeepAliveTimeSec ListenDatagram ListenFIFO ListenMessageQueue ListenNetlink
    ListenSequentialPacket ListenSpecial ListenStream ListenUSBFunction Mark MaxConnections MaxConnectionsPerSource
    MessageQueueMaxMessages MessageQueueMessageSize NoDelay PassCredentials PassFileDescriptorsToExec PassPIDFD
    PassPacketInfo PassSecurity PipeSize PollLimitBurst PollLimitIntervalSec Priority ReceiveBuffer RemoveOnStop
    ReusePort SELinuxContextFromNet SendBuffer Service SmackLabel SmackLabelIPIn SmackLabelIPOut SocketGroup
    SocketMode SocketProtocol SocketUser Symlinks TCPCongestion Timestamping Transparent TriggerLimitBurst
    TriggerLimitIntervalSec Writable XAttrAccept XAttrEntryPoint XAttrListen
";

/// Of both sections: the execution environment of processes.
const PROCESSES: &str = "
    AllowedCPUs AllowedMemoryNodes AmbientCapabilities AppArmorProfile BPFDelegateAttachments BPFDelegateCommands
    BPFDelegateMaps BPFDelegatePrograms BPFProgram BindLogSockets BindNetworkInterface BindPaths BindReadOnlyPaths
    BlockIOAccounting BlockIODeviceWeight BlockIOReadBandwidth BlockIOWeight BlockIOWriteBandwidth CPUAccounting
    CPUAffinity CPUPressureThresholdSec CPUPressureWatch CPUQuota CPUQuotaPeriodSec CPUSchedulingPolicy
    CPUSchedulingPriority CPUSchedulingResetOnFork CPUSetPartition CPUShares CPUWeight CacheDirectory
    CacheDirectoryAccounting CacheDirectoryMode CacheDirectoryQuota CapabilityBoundingSet ConfigurationDirectory
    ConfigurationDirectoryMode CoredumpFilter CoredumpReceive DefaultMemoryLow DefaultMemoryMin
    DefaultStartupMemoryLow Delegate DelegateNamespaces DelegateSubgroup DeviceAllow DevicePolicy DisableControllers
    DynamicUser Environment EnvironmentFile ExecPaths ExecSearchPath ExecStartPost ExecStartPre ExecStopPost
    ExtensionDirectories ExtensionImagePolicy ExtensionImages FinalKillSignal Group IOAccounting
    IODeviceLatencyTargetSec IODeviceWeight IOPressureThresholdSec IOPressureWatch IOReadBandwidthMax IOReadIOPSMax
    IOSchedulingClass IOSchedulingPriority IOWeight IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow
    IPAddressDeny IPCNamespacePath IPEgressFilterPath IPIngressFilterPath IgnoreSIGPIPE ImportCredential
    InaccessibleDirectories InaccessiblePaths KeyringMode KillMode KillSignal LimitAS LimitCORE LimitCPU LimitDATA
    LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO
    LimitRTTIME LimitSIGPENDING LimitSTACK LoadCredential LoadCredentialEncrypted LockPersonality LogExtraFields
    LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory
    LogsDirectoryAccounting LogsDirectoryMode LogsDirectoryQuota ManagedOOMMemoryPressure
    ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMPreference ManagedOOMSwap
    MemoryAccounting MemoryDenyWriteExecute MemoryHigh MemoryKSM MemoryLimit MemoryLow MemoryMax MemoryMin
    MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax MemoryTHP MemoryZSwapMax MemoryZSwapWriteback
    MountAPIVFS MountFlags MountImagePolicy MountImages NFTSet NUMAMask NUMAPolicy NetworkNamespacePath Nice
    NoExecPaths NoNewPrivileges OOMRules OOMScoreAdjust PAMName PassEnvironment Personality PrivateBPF
    PrivateDevices PrivateIPC PrivateMounts PrivateNetwork PrivatePIDs PrivateTmp PrivateUsers ProcSubset
    ProtectClock ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules
    ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories
    ReadWritePaths RemoveIPC RestartKillSignal RestrictAddressFamilies RestrictFileSystems RestrictNamespaces
    RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID RootDirectory RootEphemeral RootHash
    RootHashSignature RootImage RootImageOptions RootImagePolicy RootMStack RootVerity RuntimeDirectory
    RuntimeDirectoryMode RuntimeDirectoryPreserve SELinuxContext SecureBits SendSIGHUP SendSIGKILL SetCredential
    SetCredentialEncrypted SetLoginEnvironment Slice SmackProcessLabel SocketBindAllow SocketBindDeny StandardError
    StandardInput StandardInputData StandardInputText StandardOutput StartupAllowedCPUs StartupAllowedMemoryNodes
    StartupBlockIOWeight StartupCPUShares StartupCPUWeight StartupIOWeight StartupMemoryHigh StartupMemoryLow
    StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax StateDirectory StateDirectoryAccounting
    StateDirectoryMode StateDirectoryQuota SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel
    SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog TTYColumns
    TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate TasksAccounting TasksMax TemporaryFileSystem
    TimeoutCleanSec TimeoutSec TimerSlackNSec UMask UnsetEnvironment User UserNamespacePath UtmpIdentifier UtmpMode
    WatchdogSignal WorkingDirectory
";
