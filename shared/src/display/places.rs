//! Names of places: Japan's prefectures (ISO 3166-2:JP) and common countries (ISO 3166-1 alpha-2).

use super::Language;

/// Prefectures in the order of their codes, `JP-01` to `JP-47`.
#[rustfmt::skip]
const PREFECTURES: [(&str, &str); 47] = [
    ("北海道", "Hokkaido"), ("青森県", "Aomori"), ("岩手県", "Iwate"), ("宮城県", "Miyagi"), ("秋田県", "Akita"),
    ("山形県", "Yamagata"), ("福島県", "Fukushima"), ("茨城県", "Ibaraki"), ("栃木県", "Tochigi"), ("群馬県", "Gunma"),
    ("埼玉県", "Saitama"), ("千葉県", "Chiba"), ("東京都", "Tokyo"), ("神奈川県", "Kanagawa"), ("新潟県", "Niigata"),
    ("富山県", "Toyama"), ("石川県", "Ishikawa"), ("福井県", "Fukui"), ("山梨県", "Yamanashi"), ("長野県", "Nagano"),
    ("岐阜県", "Gifu"), ("静岡県", "Shizuoka"), ("愛知県", "Aichi"), ("三重県", "Mie"), ("滋賀県", "Shiga"),
    ("京都府", "Kyoto"), ("大阪府", "Osaka"), ("兵庫県", "Hyogo"), ("奈良県", "Nara"), ("和歌山県", "Wakayama"),
    ("鳥取県", "Tottori"), ("島根県", "Shimane"), ("岡山県", "Okayama"), ("広島県", "Hiroshima"), ("山口県", "Yamaguchi"),
    ("徳島県", "Tokushima"), ("香川県", "Kagawa"), ("愛媛県", "Ehime"), ("高知県", "Kochi"), ("福岡県", "Fukuoka"),
    ("佐賀県", "Saga"), ("長崎県", "Nagasaki"), ("熊本県", "Kumamoto"), ("大分県", "Oita"), ("宮崎県", "Miyazaki"),
    ("鹿児島県", "Kagoshima"), ("沖縄県", "Okinawa"),
];

/// Countries and regions by code.
#[rustfmt::skip]
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("AE", "アラブ首長国連邦", "United Arab Emirates"), ("AR", "アルゼンチン", "Argentina"), ("AT", "オーストリア", "Austria"),
    ("AU", "オーストラリア", "Australia"), ("BD", "バングラデシュ", "Bangladesh"), ("BE", "ベルギー", "Belgium"),
    ("BG", "ブルガリア", "Bulgaria"), ("BR", "ブラジル", "Brazil"), ("BY", "ベラルーシ", "Belarus"), ("CA", "カナダ", "Canada"),
    ("CH", "スイス", "Switzerland"), ("CL", "チリ", "Chile"), ("CN", "中国", "China"), ("CO", "コロンビア", "Colombia"),
    ("CZ", "チェコ", "Czechia"), ("DE", "ドイツ", "Germany"), ("DK", "デンマーク", "Denmark"), ("EE", "エストニア", "Estonia"),
    ("EG", "エジプト", "Egypt"), ("ES", "スペイン", "Spain"), ("FI", "フィンランド", "Finland"), ("FR", "フランス", "France"),
    ("GB", "イギリス", "United Kingdom"), ("GR", "ギリシャ", "Greece"), ("HK", "香港", "Hong Kong"),
    ("HU", "ハンガリー", "Hungary"), ("ID", "インドネシア", "Indonesia"), ("IE", "アイルランド", "Ireland"),
    ("IL", "イスラエル", "Israel"), ("IN", "インド", "India"), ("IR", "イラン", "Iran"), ("IT", "イタリア", "Italy"),
    ("JP", "日本", "Japan"), ("KE", "ケニア", "Kenya"), ("KH", "カンボジア", "Cambodia"), ("KP", "北朝鮮", "North Korea"),
    ("KR", "韓国", "South Korea"), ("KZ", "カザフスタン", "Kazakhstan"), ("LA", "ラオス", "Laos"), ("LK", "スリランカ", "Sri Lanka"),
    ("LT", "リトアニア", "Lithuania"), ("LV", "ラトビア", "Latvia"), ("MA", "モロッコ", "Morocco"), ("MM", "ミャンマー", "Myanmar"),
    ("MN", "モンゴル", "Mongolia"), ("MO", "マカオ", "Macao"), ("MX", "メキシコ", "Mexico"), ("MY", "マレーシア", "Malaysia"),
    ("NG", "ナイジェリア", "Nigeria"), ("NL", "オランダ", "Netherlands"), ("NO", "ノルウェー", "Norway"), ("NP", "ネパール", "Nepal"),
    ("NZ", "ニュージーランド", "New Zealand"), ("PE", "ペルー", "Peru"), ("PH", "フィリピン", "Philippines"),
    ("PK", "パキスタン", "Pakistan"), ("PL", "ポーランド", "Poland"), ("PT", "ポルトガル", "Portugal"),
    ("RO", "ルーマニア", "Romania"), ("RS", "セルビア", "Serbia"), ("RU", "ロシア", "Russia"), ("SA", "サウジアラビア", "Saudi Arabia"),
    ("SE", "スウェーデン", "Sweden"), ("SG", "シンガポール", "Singapore"), ("SK", "スロバキア", "Slovakia"), ("TH", "タイ", "Thailand"),
    ("TR", "トルコ", "Türkiye"), ("TW", "台湾", "Taiwan"), ("UA", "ウクライナ", "Ukraine"), ("US", "アメリカ", "United States"),
    ("UZ", "ウズベキスタン", "Uzbekistan"), ("VN", "ベトナム", "Vietnam"), ("ZA", "南アフリカ", "South Africa"),
];

/// `東京都・日本`, `カナダ (CA-ON)`, `不明`. A place without a name here is shown by its code.
#[must_use]
pub fn name(place: &str, lang: Language) -> String {
    if place == "ZZ" {
        return lang.pick("不明", "Unknown").to_owned();
    }
    let (country, part) = place.split_once('-').map_or((place, None), |(c, p)| (c, Some(p)));
    let prefecture = part.filter(|_| country == "JP").and_then(prefecture);
    if let Some((ja, en)) = prefecture {
        return lang
            .pick(&format!("{ja}・日本"), &format!("{en}, Japan"))
            .to_owned();
    }
    let known = COUNTRIES.iter().find(|(code, ..)| *code == country);
    match (known, part) {
        (Some((_, ja, en)), None) => lang.pick(ja, en).to_owned(),
        (Some((_, ja, en)), Some(_)) => format!("{} ({place})", lang.pick(ja, en)),
        (None, _) => lang
            .pick(
                &format!("国・地域コード {place}"),
                &format!("Country code {place}"),
            )
            .to_owned(),
    }
}

fn prefecture(part: &str) -> Option<(&'static str, &'static str)> {
    let number: usize = (part.len() == 2).then(|| part.parse().ok())??;
    PREFECTURES.get(number.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chal_12_every_place_gets_a_name_or_its_code() {
        for (place, ja, en) in [
            ("JP-13", "東京都・日本", "Tokyo, Japan"),
            ("JP-01", "北海道・日本", "Hokkaido, Japan"),
            ("JP-47", "沖縄県・日本", "Okinawa, Japan"),
            ("JP-48", "日本 (JP-48)", "Japan (JP-48)"),
            ("JP-00", "日本 (JP-00)", "Japan (JP-00)"),
            ("JP", "日本", "Japan"),
            ("US-CA", "アメリカ (US-CA)", "United States (US-CA)"),
            ("XK", "国・地域コード XK", "Country code XK"),
            ("ZZ", "不明", "Unknown"),
        ] {
            assert_eq!(name(place, Language::Ja), ja);
            assert_eq!(name(place, Language::En), en);
        }
    }

    #[test]
    fn countries_are_sorted_and_single() {
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
