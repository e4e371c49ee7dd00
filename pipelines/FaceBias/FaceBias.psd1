@{
    RootModule = 'FaceBias.psm1'
    ModuleVersion = '0.1.0'
    GUID = '6f0b6c6e-4e0b-4b0a-9f0f-6a3c8a7b5d21'
    Author = 'FaceBias contributors'
    Description = 'Trains face and image classifiers, finds out for whom they fail, and repairs them: the facebias command as cmdlets.'
    PowerShellVersion = '7.3'
    CompatiblePSEditions = @('Core')
    FormatsToProcess = @('FaceBias.Format.ps1xml')
    FunctionsToExport = @(
        'New-FaceBiasModel', 'Invoke-FaceBiasAudit', 'Invoke-FaceBiasCuration', 'Invoke-FaceBiasMitigation',
        'New-FaceBiasBiasedSplit', 'New-FaceBiasSyntheticFeature', 'Invoke-FaceBiasSweep', 'New-FaceBiasPrediction', 'Start-FaceBiasServer',
        'Invoke-FaceBiasQuickstart', 'New-FaceBiasProposal', 'Measure-FaceBiasBounty', 'Invoke-FaceBiasBounty', 'Invoke-FaceBiasExplanation', 'Invoke-FaceBiasErrorAnalysis', 'New-FaceBiasCard', 'Test-FaceBiasCard', 'Test-FaceBiasRelease', 'New-FaceBiasDataSet', 'Export-FaceBiasModel', 'Add-FaceBiasUncertainty',
        'Find-FaceBiasBackbone', 'Save-FaceBiasBackbone', 'Import-FaceBiasBackbone', 'Convert-FaceBiasModel',
        'Show-FaceBiasModel', 'Show-FaceBiasRun', 'Compare-FaceBiasRun', 'New-FaceBiasFeature', 'New-FaceBiasPredictionPlan',
        'New-FaceBiasFeaturePlan', 'New-FaceBiasCurationPlan', 'New-FaceBiasAuditPlan', 'New-FaceBiasSweepPlan', 'Invoke-FaceBiasPlan', 'Merge-FaceBiasPlan', 'Submit-FaceBiasPlan', 'Show-FaceBiasCache', 'Clear-FaceBiasCache', 'Remove-FaceBiasBackbone',
        'Get-FaceBiasMetric', 'Get-FaceBiasFinding'
    )
    CmdletsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
    PrivateData = @{ PSData = @{ LicenseUri = 'https://opensource.org/license/mit' } }
}
