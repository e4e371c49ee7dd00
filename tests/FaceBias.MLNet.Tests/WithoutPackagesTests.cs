namespace FaceBias.MLNet.Tests;

public class WithoutPackagesTests
{
    [Fact]
    public void FaceBias_MLNet_is_left_out() =>
        Assert.Skip("the NuGet feed has no Microsoft.ML, so FaceBias.MLNet is compiled empty (OfficialPackages is not true)");
}
