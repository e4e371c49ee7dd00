using System.Reflection;

namespace FaceBias.MLNet.Tests;

public class WithoutPackagesTests
{
    [Theory]
    [InlineData("Microsoft.ML")]
    [InlineData("Microsoft.ML.AutoML")]
    [InlineData("Microsoft.ML.Vision")]
    public void Tests_of_a_package_run_where_the_feed_has_it(string package) => Assert.SkipUnless(
        typeof(WithoutPackagesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == package).Value == "true",
        $"the NuGet feed has no {package}, so that what needs it is compiled empty and its tests are left out");
}
