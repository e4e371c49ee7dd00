using FaceBias.Tests;

namespace FaceBias.MLNet.Tests;

/// <summary>The public API of the assemblies for ML.NET that every feed can build.</summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("FaceBias.MLNet")]
    [InlineData("FaceBias.MLNet.Training")]
    public void It_is_as_accepted(string assembly) => Assert.Null(PublicApi.Difference(assembly));
}
